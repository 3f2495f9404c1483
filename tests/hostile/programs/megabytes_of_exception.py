# threat: 27
# fails: sign_scale
# outcome: error
# An exception of 50 MB, with a hundred notes and causes, in a cell and in a function.

# %%
def megabytes():
    try:
        raise ValueError("y" * 10**7)
    except ValueError as error:
        for _ in range(100):
            error.add_note("n" * 10**5)
        raise type("E" * 10**6, (Exception,), {})("y" * 4 * 10**7) from error


megabytes()

# %% sign_scale
def sign_scale(c, d):
    megabytes()
