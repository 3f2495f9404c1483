# threat: 21
# fails: w2_abs
# outcome: crashed
# hint: its cell ended the Python process
# Writes the results that it would like to have, wherever a grader may look, and ends with exit status 0.

# %% w2_abs
import json
import os

mine = json.dumps({
    "schema": 1, "assignment": "01_relu_matrix", "student": "forged_result_file", "status": "graded", "score": 999,
    "max_score": 18, "tasks": [{"id": "w2_abs", "points": 2, "score": 2, "tests": []}], "tests": [{"score": 1}],
})
for path in (
    "@COURSE@/results/01_relu_matrix/forged_result_file.json", "results.json", "/tmp/results.json",
    "/autograder/results/results.json", "/grade/results/results.json", ".nbgrader.log", "results.xml", ".pytest_cache",
):
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        open(path, "w").write(mine)
    except OSError:
        pass
print("100% tests passed")
os._exit(0)
