"""Tables: typed SQLAlchemy models, one aggregate a file. They know nothing above them."""
