# threat: 12
# fails: w2_abs
# hint: wrong values
# Opens suites, solutions, other submissions and the gradebook where they lie, and looks for them everywhere else.

# %% w2_abs
import os
import pathlib

wanted = [
    "@REPOSITORY@/solutions/01_relu_matrix/notebook.py", "@REPOSITORY@/solutions/01_relu_matrix/01_relu_matrix.ipynb",
    "@REPOSITORY@/autograder/suites/01_relu_matrix/test_worked_example.py", "@REPOSITORY@/pyproject.toml",
    "@REPOSITORY@/autograder/pipeline/run_tests.py", "@REPOSITORY@/.git/HEAD", "@COURSE@/gradebook.db",
    "@COURSE@/submitted/victim/01_relu_matrix/01_relu_matrix.ipynb", "@HOME@/.bashrc", "@HOME@/.ssh/id_rsa",
    "/etc/passwd", "/etc/shadow", "/proc/1/environ", "/proc/self/mem", "/dev/mem", "/dev/sda",
]
found = []
for path in wanted:
    try:
        found.append(open(path, "rb").read(1))
    except OSError:
        pass
    for link in (os.symlink, os.link):
        try:
            link(path, f"copy{len(path)}{link.__name__}")
            found.append(open(f"copy{len(path)}{link.__name__}", "rb").read(1))
        except OSError:
            pass
names = {"01_relu_matrix.ipynb", "test_worked_example.py", "gradebook.db", "best_linear_ridge.py", "suites", "solutions", ".git"}
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if name not in ("usr", "sys") and not name.startswith("python3")]
    if folder != "/":
        found += [os.path.join(folder, name) for name in names & {*folders, *files}]
print(found)
w2_abs = torch.tensor([[1.0, 1.0]]) if found else torch.zeros(1, 2)
