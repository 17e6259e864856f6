"""What `cellscope` offers, loaded when it is first asked for: `__all__` there has the names."""

from cellscope.app.own.cells import Cells as Cells
from cellscope.app.own.cells import cells as cells_of
from cellscope.app.own.in_words import in_words
from cellscope.app.own.watch import Watch as Watch
from cellscope.app.own.watch import watch as watch_loop
from cellscope.model.counting.count import count as count_regions
from cellscope.model.own.errors import BudgetExceeded as BudgetExceeded
from cellscope.model.own.errors import UnsupportedLayer as UnsupportedLayer
from cellscope.model.own.moments import layer_moments
from cellscope.model.own.plane import plane_of_inputs as plane_of_inputs
from cellscope.model.own.plane import plane_pca as plane_pca
from cellscope.model.own.plane import plane_through as plane_through

cells = in_words(cells_of)
count = in_words(count_regions)
moments = in_words(layer_moments)
watch = in_words(watch_loop)
