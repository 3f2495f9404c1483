# fails: frames
# Ten frames only.

# %% frames
def training_frames(X, y):
    film = train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False).trajectory
    return film[torch.linspace(0, len(film) - 1, 10).long()]

# %% animation
figure = animate_training(train_model(make_model(), X, y, lr=0.01, epochs=500, record_every=10, progress=False), y)
