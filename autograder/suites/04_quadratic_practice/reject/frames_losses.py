# fails: frames
# The losses instead of the predictions.

# %% frames
def training_frames(X, y):
    return torch.as_tensor(train_model(make_model(), X, y, lr=0.01, epochs=400, progress=False).losses)

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=800, record_every=16, progress=False), y)
