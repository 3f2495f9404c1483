# fails: frames
# A blend of X and y: nothing is trained.

# %% frames
def training_frames(X, y):
    share = torch.linspace(0, 1, 30)[:, None, None]
    return (1 - share) * X + share * y

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=800, record_every=16, progress=False), y)
