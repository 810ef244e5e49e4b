# SPDX-License-Identifier: MIT
"""The files of this project, in a clone and in an archive of it."""
import os
import re


def files(pattern, top="."):
    """Paths, relative to top, that match; without what is built and what version control keeps."""
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(d for d in folders if d not in (".git", "__pycache__") and not (folder == top and d.startswith("build")))
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), top)
            if re.search(pattern, path) and os.path.isfile(path) and not os.path.islink(path):
                found.append(path)
    return sorted(found)
