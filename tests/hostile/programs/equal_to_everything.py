# threat: 4
# fails: w2_abs, sign_scale
# hint: expected
# Answers that say they are equal to whatever they are compared with.

# %% w2_abs
class Everything:
    shape = (1, 2)
    dtype = torch.float32

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __bool__ = lambda self: True
    __call__ = lambda self, *_, **__: self
    __getattr__ = lambda self, name: self
    __sub__ = __rsub__ = __abs__ = __add__ = __mul__ = __matmul__ = __rmatmul__ = lambda self, *_: self


w2_abs = Everything()

# %% sign_scale
sign_scale = Everything()
