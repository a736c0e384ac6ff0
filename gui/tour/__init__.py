"""The tour: five steps over the real parts of the window, at the first start and from Help."""
