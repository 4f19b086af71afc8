"""Who fits a request, in which order, and why: it proposes, and nobody is ever assigned."""
