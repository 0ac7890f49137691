"""Pictures of a pack, to look at before it is sent: `make screenshots`.

The page in Chromium, as a phone and as a wide screen show it, and every sheet of the workbook as
LibreOffice prints it. Needs chromium with chromedriver, soffice, and pdftoppm (poppler).
"""

from __future__ import annotations

import argparse
import base64
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from koin_loyalty.pack import make_pack
from koin_loyalty.project import project_root

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver

#: Chromium under its names, and Chrome.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: Widths in pixels of a phone and of a wide screen.
WIDTHS = (390, 1440)
PICTURE_HEIGHT = 1200
DRAWING_SECONDS = 60


def need(*programs: str) -> list[str]:
    """The programs' paths. Raises RuntimeError that names those which are missing."""
    found = {name: shutil.which(name) for name in programs}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise RuntimeError(f"not installed: {', '.join(missing)}")
    return [path for path in found.values() if path]


@contextmanager
def browser() -> Iterator[WebDriver]:
    """A headless Chromium with a new profile, its console and network log kept, for the block only.
    Raises RuntimeError when it is not installed."""
    from selenium import webdriver

    (chromedriver,) = need("chromedriver")
    (chromium,) = need(next(filter(shutil.which, BROWSERS), BROWSERS[0]))
    with tempfile.TemporaryDirectory(prefix="koin_browser_", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in (
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = webdriver.ChromeService(executable_path=chromedriver)
        driver = webdriver.Chrome(options=options, service=service)
        try:
            yield driver
        finally:
            driver.quit()


def open_page(driver: WebDriver, page: Path, width: int) -> None:
    """Open a pack's page in a window of a width, and wait until every chart is drawn."""
    from selenium.webdriver.support.ui import WebDriverWait

    metrics = {
        "width": width,
        "height": 900,
        "deviceScaleFactor": 1,
        "mobile": width < 600,
    }
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get(page.resolve().as_uri())
    WebDriverWait(driver, DRAWING_SECONDS).until(
        lambda on: on.execute_script("return document.documentElement.dataset.drawn")
    )


def photograph(driver: WebDriver, folder: Path, name: str) -> None:
    """The page as PNGs from top to bottom, each as high as people can look at: `<name>-01.png`."""
    size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    for number, top in enumerate(range(0, math.ceil(size["height"]), PICTURE_HEIGHT), start=1):
        clip = {
            "x": 0,
            "y": top,
            "width": size["width"],
            "height": min(PICTURE_HEIGHT, size["height"] - top),
            "scale": 1,
        }
        shot = driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
        )
        picture = folder / f"{name}-{number:02d}.png"
        picture.write_bytes(base64.b64decode(shot["data"]))


def print_page(driver: WebDriver, paper: Path) -> None:
    """The page as PDF, as the browser prints it."""
    printed = driver.execute_cdp_cmd(
        "Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True}
    )
    paper.write_bytes(base64.b64decode(printed["data"]))


def convert(files: Sequence[Path], kind: str, folder: Path) -> list[Path]:
    """Open workbooks in LibreOffice, which calculates them anew, and save them as `kind` in a
    folder. Raises RuntimeError with what it says when it cannot."""
    (soffice,) = need("soffice")
    with tempfile.TemporaryDirectory(prefix="koin_office_") as profile:
        run = subprocess.run(  # noqa: S603
            [
                soffice,
                "--headless",
                f"-env:UserInstallation={Path(profile).as_uri()}",
                "--convert-to",
                kind,
                "--outdir",
                str(folder),
                *map(str, files),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    made = [folder / f"{file.stem}.{kind}" for file in files]
    if run.returncode or not all(file.is_file() for file in made):
        raise RuntimeError(f"soffice could not convert to {kind}: {run.stderr or run.stdout}")
    return made


def take(bu_code: str, out: Path) -> list[Path]:
    """Make the pack of the last complete week, and its pictures, into a folder made anew."""
    (pdftoppm,) = need("pdftoppm")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    made = make_pack(bu_code, out=out.parent)
    with browser() as driver:
        for width in WIDTHS:
            open_page(driver, made.page, width)
            photograph(driver, out, f"page-{width}")
        print_page(driver, out / "page.pdf")
    paper = convert([made.workbook], "pdf", out)[0].rename(out / "workbook.pdf")
    for file in (paper, out / "page.pdf"):
        picture = out / f"{file.stem}-print"
        subprocess.run(  # noqa: S603
            [pdftoppm, "-r", "90", "-png", str(file), str(picture)], check=True
        )
    return sorted(out.iterdir())


def main() -> int:
    """`make screenshots`."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--bu", default="AZKO", help="business unit (default: AZKO)")
    options = parser.parse_args()
    os.chdir(project_root())
    try:
        pictures = take(options.bu, Path("output") / "screenshots")
    except (ValueError, OSError, RuntimeError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print("\n".join(str(picture) for picture in pictures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
