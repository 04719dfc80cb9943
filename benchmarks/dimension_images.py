"""The intrinsic dimension of MNIST and CIFAR-10, and what a double correction does to it.

    python benchmarks/dimension_images.py mnist.npz --first 20000
    python benchmarks/dimension_images.py mnist.npz                 # all: 5,000 of them ask
    python benchmarks/dimension_images.py cifar10.parquet --first 20000
    python benchmarks/dimension_images.py mnist.npz --first 20000 --ladder

An .npz file holds the images as x_train, (n, height, width). A .parquet file holds encoded images
in a column jpeg and "train" or "test" in a column split; it takes pyarrow and pillow, and JPEG is
lossy, so its pixels are not those of the original. Neither file comes with the package.

--ladder prints the pooled maximum likelihood at k = 3, 5, 10 and 20 neighbours, with k - 1 in the
numerator, as the pooled estimate takes it, and with k - 2, as a single point's does; and how many
images have a nearest neighbour far closer than the second.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import lawcast as lc
from lawcast.geometry.hygiene import read_points
from lawcast.geometry.neighbours import find_neighbours

LADDER = (3, 5, 10, 20)
CLOSE = 1.5


def read_images(path: Path, first: int | None) -> np.ndarray[Any, Any]:
    """The training images, one a row, as float32."""
    if path.suffix == ".npz":
        images = np.load(path)["x_train"][:first]
        return images.reshape(len(images), -1).astype(np.float32)
    open_image = import_module("PIL.Image").open
    table = import_module("pyarrow.parquet").read_table(path).to_pydict()
    pairs = zip(table["split"], table["jpeg"], strict=True)
    encoded = [jpeg for split, jpeg in pairs if split == "train"][:first]
    pixels = [np.asarray(open_image(io.BytesIO(jpeg)).convert("RGB")) for jpeg in encoded]
    return np.stack(pixels).reshape(len(pixels), -1).astype(np.float32)


def ladder(images: np.ndarray[Any, Any]) -> str:
    """Two numerators at four k, and the share of images with one close neighbour."""
    points, _ = read_points(images)
    logs = np.log(find_neighbours(points, LADDER[-1]).distances)
    lines = ["", "   k  with k - 1  with k - 2"]
    for k in LADDER:
        total = (logs[:, k - 1 : k] - logs[:, : k - 1]).sum(axis=1).mean()
        lines.append(f"{k:4d}{(k - 1) / total:12.1f}{(k - 2) / total:12.1f}")
    gaps = logs[:, 1] - logs[:, 0]
    close = gaps > np.log(CLOSE)
    share, weight = close.mean(), gaps[close].sum() / gaps.sum()
    every, others = 1 / gaps.mean(), 1 / gaps[~close].mean()
    lines += [
        "",
        f"{share:.1%} of the images have their second neighbour at over {CLOSE:g} times the",
        f"distance of the first, and make up {weight:.0%} of the sum of log(r2/r1). TwoNN (maximum",
        f"likelihood) is {every:.1f} with them and {others:.1f} without.",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the answer, or the ladder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--first", type=int, metavar="N", help="only the first N images")
    parser.add_argument("--ladder", action="store_true", help="the pooled estimate at several k")
    args = parser.parse_args(arguments)
    images = read_images(args.file, args.first)
    if args.ladder:
        print(ladder(images))
        return 0
    print(lc.intrinsic_dimension(images, name=args.file.name).summary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
