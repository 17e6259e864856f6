"""Plain pages that every visitor may want: privacy, accessibility."""
