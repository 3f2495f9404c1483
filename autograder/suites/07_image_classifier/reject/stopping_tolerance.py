# fails: early_stopping
# One mistake: Two losses that differ by less than a millionth count as equal.
# %% early_stopping
class EarlyStopping:
    """Tells when the validation loss has stopped improving, and keeps the best state."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.state = math.inf, 0, None

    def step(self, val_loss, model):
        """Note the loss after an epoch; True if it is time to stop."""
        if val_loss < self.best - max(self.min_delta, 1e-6):
            self.best, self.waited = val_loss, 0
            self.state = copy.deepcopy(model.state_dict())
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        """Bring back the parameters and buffers of the last improvement."""
        model.load_state_dict(self.state)
