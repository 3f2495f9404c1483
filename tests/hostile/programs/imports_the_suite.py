# threat: 12
# fails: w2_abs
# hint: wrong values
# Asks Python for the modules of the engine and of the suite instead of the disk.

# %% w2_abs
import importlib
import pkgutil
import sys

sys.path += ["/opt/course", "/opt/course/autograder/suites/01_relu_matrix", "@REPOSITORY@", "@REPOSITORY@/autograder/suites/01_relu_matrix", "@REPOSITORY@/tests"]
found = []
for name in (
    "autograder.authoring.bank", "autograder.pipeline.run_tests", "autograder.suites", "autograder.gradebook.book", "autograder.core.course",
    "autograder.proxy.objects", "autograder.authoring.verify", "test_worked_example", "test_two_layer", "networks_03", "conftest",
):
    try:
        found.append(importlib.import_module(name))
    except ImportError:
        pass
import autograder

engine = {module.name for module in pkgutil.iter_modules(autograder.__path__)}
print(found, engine)
w2_abs = torch.tensor([[1.0, 1.0]]) if found or engine - {"student", "wire", "control"} else torch.zeros(1, 2)
