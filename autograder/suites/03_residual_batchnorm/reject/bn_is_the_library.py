# fails: batch_norm
# nn.BatchNorm1d under another name.

# %% batch_norm
class BatchNorm(nn.BatchNorm1d):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(num_features, eps=eps, momentum=momentum)
