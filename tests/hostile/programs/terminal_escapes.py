# threat: 42
# Correct, and prints what terminals obey: colours, titles, cursors, text that runs the other way.

# %% w2_abs
w2_abs = torch.tensor([[1.0, 1.0]])
print("\x1b[2J\x1b]0;owned\x07\x1b[31mred\r100 points\x9b1A \u202e\u2066 evil \u2069 \x00 \ud800")
raise ValueError("\x1b[8m hidden \u202e")

# %%
name = "\u202egnirts"
1 / 0
