"""A question's life: who may ask, what was asked, and the answer."""
