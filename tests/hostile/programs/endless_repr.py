# threat: 27
# Correct, and ends a cell with an object whose text is 100 MB, which raises when it is shown in another way.

# %% w2_abs
w2_abs = torch.tensor([[1.0, 1.0]])


class Long:
    def __repr__(self):
        return "z" * 10**8

    def _repr_html_(self):
        return "<b>" * 10**6

    def _repr_png_(self):
        raise SystemExit

    def _repr_mimebundle_(self, *_, **__):
        return {"text/plain": "p" * 10**7, "application/javascript": "alert(1)", "text/html": "<i>" * 10**6}


Long()
