"""Draw the figures of the notebooks: functions, data and weights in, Plotly figures out.

Every figure takes the width of the page it stands on. Colours are those of Okabe and Ito, which
people with any colour vision can tell apart, and what a colour says, a marker, a dash pattern or a
label says too. `theme` is "auto", which suits light and dark pages, "light" or "dark". Tensors may
live on any device and require gradients: only values are read.
"""

from course_lib.plots._boundary import decision_boundary
from course_lib.plots._calibration import calibration
from course_lib.plots._confusion import confusion
from course_lib.plots._data import dataset, losses
from course_lib.plots._functions import ACTIVATIONS, activation, fold, linear_vs_relu
from course_lib.plots._graph import graph
from course_lib.plots._images import images
from course_lib.plots._layers import layer_histograms
from course_lib.plots._network import network
from course_lib.plots._paths import contour_paths
from course_lib.plots._regions import partition, regions
from course_lib.plots._schedules import schedules
from course_lib.plots._separation import separation

__all__ = [
    "ACTIVATIONS",
    "activation",
    "calibration",
    "confusion",
    "contour_paths",
    "dataset",
    "decision_boundary",
    "fold",
    "graph",
    "images",
    "layer_histograms",
    "linear_vs_relu",
    "losses",
    "network",
    "partition",
    "regions",
    "schedules",
    "separation",
]
