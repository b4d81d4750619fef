"""`make bench`: what requests cost, as ratios that one run measures."""
