"""The page, built from CONTROLS. Ids name the meaning; all text comes from the catalogue."""
