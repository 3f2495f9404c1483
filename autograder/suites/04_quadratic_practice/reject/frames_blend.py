# fails: frames
# A straight blend of the first and the last prediction.

# %% frames
def training_frames(X, y):
    film = train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False).trajectory
    share = torch.linspace(0, 1, 30)[:, None, None]
    return (1 - share) * film[0] + share * film[-1]

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
