"""The lab: what a teacher sees of thirty experiments, numbers without persons."""
