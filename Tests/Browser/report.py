"""The HTML report in a real browser: python3 Tests/Browser/report.py HOST [FOLDER FOR SCREENSHOTS]

Needs the Python package playwright and a Chromium on the PATH; exits 77 without them, as
test runners tell "skipped". Everything is made here, nothing is fetched.
"""
import contextlib
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

try:
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    print("skipped: there is no Python package playwright")
    sys.exit(77)

HOST = str(pathlib.Path(sys.argv[1]).resolve())
SHOTS = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if not CHROMIUM:
    print("skipped: there is no Chromium on the PATH")
    sys.exit(77)


def embedded(page):
    """The data that a page carries, as it is written, and the page's script."""
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1]
    return data, re.search(r"<script>(.*?)</script>", page, re.S)[1]


def statuses():
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder, "none.html")
        subprocess.run([HOST, "report", "-", "-o", page], input=b"", check=True)
        return json.loads(embedded(page.read_text())[0])["statuses"]


STATUSES = statuses()
HOSTILE = [
    "</script><script>window.hacked = 1</script>", "<img src=x onerror='window.hacked = 2'>",
    "\"quotes\" 'single' `back` ${window.hacked = 3}", "line\u2028separator\u2029", "nul\u0000byte\u0007",
    "\u202eturned around\u202c", "<!-- comment --> ]]> &amp; &lt;", "x" * 1_000_000, "__proto__", "constructor",
    "javascript:window.hacked=4", "<!--script-->",
]


def record(call, status="ok", **more):
    error = None
    if status != "ok":
        error = {"code": -22, "name": "EINVAL", "message": more.pop("message", f"r is {call} too large")}
    fields = {
        "call": call, "task": None, "kernel": "logistic_map", "result": None, "ok": status == "ok",
        "status": status, "error": error, "attempts": 1, "steps": 1000, "seconds": 0.0001,
    }
    return fields | more


def study(count, lanes=2):
    """A sweep of two parameters, with some failures, on some lanes."""
    chance = random.Random(7)
    free = [0.0] * lanes
    for call in range(count):
        lane = min(range(lanes), key=free.__getitem__)
        seconds = round(chance.lognormvariate(-9, 0.5), 9)
        start = round(free[lane], 9)
        free[lane] += seconds + 1e-6
        status = "ok" if call % 100 else STATUSES[1 + call // 100 % (len(STATUSES) - 1)]
        point = {"r": round(2.5 + call // 100 * 1e-3, 3), "x0": round(0.1 + call % 100 * 0.008, 3)}
        result = point["r"] * point["x0"] + chance.random() if status == "ok" else None
        yield record(
            call, status, point=point, result=result, seconds=seconds, start=start, lane=lane,
            task=f"task {call % 7}", kernel="logistic_map" if call % 5 else "moments")


class Page:
    """One report, opened; what goes wrong in it ends the test."""

    def __init__(self, browser, folder, name, records, also=None, **context):
        self.lines, self.requests = [], []
        target = folder / f"{name}.html"
        sources = []
        for title, lines in [(name, records), *([also] if also else [])]:
            sources.append(f"{title}.jsonl")
            with (folder / sources[-1]).open("w") as file:
                for one in lines:
                    file.write(one if isinstance(one, str) else json.dumps(one) + "\n")
        subprocess.run([HOST, "report", *sources, "-o", target.name], cwd=folder, check=True)
        self.size = target.stat().st_size
        self.target = target
        self.context = browser.new_context(**({"viewport": {"width": 1200, "height": 900}} | context))
        self.page = self.context.new_page()
        self.page.on("console", lambda line: self.lines.append(line.text))
        self.page.on("pageerror", lambda error: self.lines.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        begin = time.monotonic()
        self.page.goto(target.as_uri())
        self.page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
        self.seconds = time.monotonic() - begin

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            assert self.lines == [], self.lines
            assert all(url.startswith("file:") for url in self.requests) and len(self.requests) == 1, self.requests
        self.context.close()

    def ask(self, script):
        return self.page.evaluate(script)

    def decoded(self, expression):
        """An expression of the run as the page decodes it: by its own module, on its own data."""
        data, script = embedded(self.target.read_text())
        begin = script.index("const $format")
        end = script.index("\nconst $", script.index("const $data"))
        return self.page.evaluate(f"""(text) => {{
          const data = document.createElement("script");
          data.type = "application/json";
          data.id = "data";
          data.textContent = text;
          document.body.append(data);
          {script[begin:end]}
          const {{ run }} = $data;
          return {expression}; }}""", data)

    def choose(self, key):
        """Chooses a row of the table by a key."""
        self.page.focus("#grid")
        self.page.keyboard.press(key)

    def text(self, selector):
        return self.page.locator(selector).first.inner_text()

    def comes(self, selector, pattern):
        """Waits for a text; the page's policy forbids what waits inside of it."""
        expect(self.page.locator(selector)).to_have_text(re.compile(pattern))

    def column(self, title, rows=5):
        titles = [text.split(" ")[0] for text in self.page.locator("#grid-head button").all_inner_texts()]
        place = titles.index(title)
        return [
            row.locator("[role=gridcell]").nth(place).inner_text()
            for row in self.page.locator("#grid-body [role=row]").all()[:rows]
        ]

    def fits(self):
        return self.ask("document.documentElement.scrollWidth <= window.innerWidth")

    def shot(self, name):
        if SHOTS:
            SHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def is_painted(page, canvas):
    return page.ask(f"""(() => {{
      const canvas = document.getElementById("{canvas}");
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) seen.add([data[i], data[i + 1], data[i + 2], data[i + 3]].join());
      return seen.size > 2; }})()""")


def counts_render(open_page):
    with open_page("counts", list(study(3000))) as page:
        assert page.text("#total") == "3,000"
        counts = {name: page.text(f"[data-count={name}]") for name in STATUSES}
        assert sum(int(count.replace(",", "")) for count in counts.values()) == 3000, counts
        assert counts["ok"] == "2,970"
        signs = {page.page.locator(f"#statuses [data-status={name}] path").get_attribute("d") for name in STATUSES}
        assert len(signs) == len(STATUSES) and None not in signs, signs
        for name in STATUSES:
            look = f"getComputedStyle(document.documentElement).getPropertyValue('--status-{name}')"
            assert page.ask(look).strip(), f"no colour for {name}"
        for canvas in ("lanes", "curve", "histogram"):
            assert is_painted(page, canvas), canvas
        assert "host replay counts.jsonl --call " in page.text("#groups code")
        page.shot("wide-light")


def filters(open_page):
    with open_page("filters", list(study(3000))) as page:
        before = page.text("#curve-caption")
        page.page.click("#statuses [data-status=ok]")
        assert page.text("#shown") == "30 of 3,000 calls shown."
        assert "ok" not in page.column("status")
        assert page.text("#curve-caption") != before
        page.page.select_option("#kernel", label="moments")
        assert page.text("#shown").startswith("30 of 3,000")
        page.page.click("#reset")
        page.page.fill("#search", "TASK 3")
        page.comes("#shown", "^429 of")
        assert set(page.column("task")) == {"task 3"}
        page.page.fill("#search", "nobody has this")
        page.comes("#shown", "^0 of")
        assert "No call matches the filter" in page.text("#grid-body")
        page.page.click("#reset")
        page.page.locator("#groups button", has_text="Show these calls").first.click()
        assert "ok" not in page.column("status")


def sorts(open_page):
    with open_page("sorts", list(study(3000))) as page:
        assert page.column("call") == ["0", "1", "2", "3", "4"]
        button = page.page.locator("#grid-head button", has_text="call").first
        button.click()
        assert page.column("call") == ["2999", "2998", "2997", "2996", "2995"]
        page.page.locator("#grid-head button", has_text="result").first.click()
        values = [float(value) for value in page.column("result")]
        assert values == sorted(values)
        page.page.locator("#grid-head button", has_text="result").first.click()
        values = [float(value) for value in page.column("result")]
        assert values == sorted(values, reverse=True), values
        assert page.ask("document.querySelectorAll('#grid-body [role=row]').length") < 100


def keyboard(open_page):
    with open_page("keyboard", list(study(3000))) as page:
        keys = page.page.keyboard
        keys.press("Tab")
        assert page.ask("document.activeElement.className") == "skip"
        keys.press("Enter")
        seen = []
        for _ in range(40):
            keys.press("Tab")
            seen.append(page.ask("document.activeElement.id || document.activeElement.tagName"))
            if seen[-1] == "BODY":
                break
        assert "BODY" in seen, "the focus is caught"
        page.page.focus("#grid")
        for key in ("ArrowDown", "ArrowDown", "End"):
            keys.press(key)
        assert "Call 2999" in page.text("#details")
        assert page.ask("document.getElementById(document.getElementById('grid').getAttribute('aria-activedescendant')) !== null")
        keys.press("Home")
        assert "Call 0" in page.text("#details")
        page.page.focus("#lanes")
        before = page.text("#timeline-note")
        for key in ("+", "+", "ArrowRight", "ArrowDown"):
            keys.press(key)
        assert page.text("#timeline-note") != before
        assert page.text("#timeline-readout") != ""
        keys.press("n")
        assert "EINVAL" in page.text("#timeline-readout"), page.text("#timeline-readout")
        keys.press("Enter")
        assert "EINVAL" in page.text("#details")
        outline = page.ask("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"


def timeline_by_mouse(open_page):
    with open_page("mouse", list(study(3000))) as page:
        box = page.page.locator("#lanes").bounding_box()
        page.page.locator("#lanes").scroll_into_view_if_needed()
        for _ in range(6):
            page.page.click("[data-zoom=in]")
        box = page.page.locator("#lanes").bounding_box()
        page.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
        assert page.text("#timeline-readout").startswith(("Call", "Lane"))
        before = page.text("#timeline-note")
        page.page.mouse.down()
        page.page.mouse.move(box["x"] + 100, box["y"] + 20, steps=4)
        page.page.mouse.up()
        assert page.text("#timeline-note") != before
        page.shot("zoomed")


def every_look_fits(open_page):
    for width in (360, 768, 1600):
        for scheme in ("light", "dark"):
            looks = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
            with open_page(f"fit-{width}-{scheme}", list(study(400, lanes=3)), **looks) as page:
                page.choose("Home")
                assert page.fits(), (width, scheme)
                page.shot(f"fit-{width}-{scheme}")
    with open_page("forced", list(study(400)), forced_colors="active") as page:
        assert is_painted(page, "lanes")
        page.shot("forced")


def prints(open_page):
    with open_page("prints", list(study(400))) as page:
        page.page.emulate_media(media="print")
        expect(page.page.locator("#grid-body [role=row]")).to_have_count(200)
        assert "first 200 of 400" in page.text("#print-note")
        if SHOTS:
            page.page.pdf(path=SHOTS / "print.pdf")


def hostile_texts(open_page):
    records = []
    for call, text in enumerate(HOSTILE):
        records.append(record(call, "error", message=text, kernel=text, task=text, point={text: text}, result=text))
        records.append(record(call + 100, kernel=text, result={text: text, "n": call}, task=text, warning=text))
    for call, number in enumerate(["NaN", "Infinity", "-Infinity", 1.7976931348623157e308, -1.7976931348623157e308, 5e-324]):
        records.append(record(call + 200, result={"n": number}, seconds=0.5, start=call, lane=-call))
    with open_page("hostile", records) as page:
        assert page.ask("window.hacked") is None
        assert page.page.locator("main script, main img").count() == 0
        assert page.ask("document.scripts.length") == 1
        page.choose("End")
        page.choose("Home")
        for _ in records:
            page.choose("ArrowDown")
        assert "in all)" in page.decoded("run.texts.find((text) => text.startsWith('xxx'))")
        assert "⟨U+202E⟩" in page.ask("document.body.textContent")
        assert page.fits()
        assert page.size < 1_000_000, page.size


def policy_holds(open_page):
    """The page cannot load or run anything that is put into it."""
    with open_page("policy", list(study(10))) as page:
        page.ask("""() => { document.body.insertAdjacentHTML("beforeend", "<img src='http://127.0.0.1:9/x.png'>");
          const script = document.createElement("script"); script.textContent = "window.hacked = 1";
          document.body.append(script); return fetch("http://127.0.0.1:9/").catch(() => 0); }""")
        assert page.ask("window.hacked") is None
        assert any("Content Security Policy" in line for line in page.lines), page.lines
        page.lines.clear()
        page.requests[:] = page.requests[:1]


def without_much(open_page):
    untimed = [record(call, result=call) for call in range(10)]
    with open_page("untimed", untimed) as page:
        assert "do not contain start times" in page.text("#timeline-note")
        assert is_painted(page, "curve")
    with open_page("empty", []) as page:
        assert page.text("#total") == "0"
        assert "no records" in page.text("#notes")
        assert page.fits()
    with open_page("cut", [record(0), json.dumps(record(1))[:-20]]) as page:
        assert page.text("#total") == "1" and "incomplete" in page.text("#notes")
    with open_page("one", [record(0, result=1.5, lane=0, start=0.0, seconds=0.0)]) as page:
        assert page.text("#total") == "1"


def the_figures_agree(open_page):
    """What the page decodes is what the records say, whichever way a column is written."""
    for count in (1, 2, 300, 5000):
        records = list(study(count))
        with open_page(f"agree-{count}", records) as page:
            for key in ("call", "seconds", "start", "lane", "steps"):
                assert page.decoded(f"Array.from(run.{key})") == [one[key] for one in records], key
            for place, name in enumerate(("r", "x0")):
                assert page.decoded(f"Array.from(run.fields[{place}].numbers)") == [one["point"][name] for one in records]


OSCILLATOR = {"run": {"version": 2, "host": "1.0", "began": "2026-01-02T03:04:05Z", "kernels": [{
    "name": "damped", "parameters": [{"name": "omega", "unit": "rad/s"}, {"name": "zeta", "unit": None}],
    "results": [{"name": "gain", "unit": "dB"}, {"name": "response", "unit": "mm"}, {"name": "regime", "unit": None}]}]}}


def oscillator(omegas, zetas, repeat=1, fails=lambda omega, zeta: False, missing=lambda omega, zeta: False):
    """A sweep of an oscillator: numbers, texts and arrays over two parameters."""
    yield OSCILLATOR
    call = 0
    for omega in omegas:
        for zeta in zetas:
            for seed in range(repeat):
                if missing(omega, zeta):
                    continue
                gain = (1 + 0.1 * seed) / ((1 - omega ** 2) ** 2 + (2 * zeta * omega) ** 2) ** 0.5
                point = {"omega": omega, "zeta": zeta} | ({"seed": seed} if repeat > 1 else {})
                if fails(omega, zeta):
                    yield record(call, "error", kernel="damped", point=point)
                else:
                    response = [round(gain * 0.9 ** step, 6) for step in range(20)]
                    response[7] = None
                    yield record(call, kernel="damped", point=point, result={
                        "gain": gain, "response": response, "regime": "under" if zeta < 0.5 else "over"})
                call += 1


LOG = [10 ** (power / 10) for power in range(-20, 21)]


class Plot:
    """The plot of a page, by what its SVG file says and by what a pointer finds."""

    def __init__(self, page):
        self.page = page.page
        self.canvas = self.page.locator("#curve")

    def saved(self, kind):
        with self.page.expect_download() as download:
            self.page.click(f"#save-{kind}")
        return pathlib.Path(download.value.path()).read_bytes()

    def texts(self):
        return re.findall(r"<text [^>]*>([^<]*)</text>", self.saved("svg").decode())

    def at(self, across, down):
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        self.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        return self.page.locator("#tip").inner_text()

    def sweep(self):
        """All texts that a pointer finds on a grid of places."""
        return {self.at(x / 24, y / 24) for x in range(1, 24) for y in range(1, 24)}

    def caption(self):
        return self.page.locator("#curve-caption").inner_text()


def axes_have_titles_units_and_round_ticks(open_page):
    with open_page("axes", oscillator(LOG, [0.2])) as page:
        plot = Plot(page)
        texts = plot.texts()
        assert {"omega [rad/s]", "gain [dB]"} <= set(texts), texts
        # The sweep is even in the logarithm, so its axis is.
        assert {"0.01", "0.1", "1", "10", "100"} <= set(texts), texts
        page.page.select_option("#scale-x", label="linear")
        assert {"0", "20", "40", "100"} <= set(plot.texts()), plot.texts()
        assert "began 2026-01-02" in page.text("#provenance")
        assert any("began 2026-01-02" in text for text in plot.texts())
        assert "gain [dB]" in page.page.locator("#grid-head").inner_text()


def failed_and_missing_cells_are_hatched(open_page):
    grid = [round(0.1 * step, 1) for step in range(1, 11)]
    records = oscillator(grid, grid, fails=lambda o, z: o > 0.75 and z < 0.25, missing=lambda o, z: o < 0.25 and z > 0.75)
    with open_page("hatched", records) as page:
        plot = Plot(page)
        svg = plot.saved("svg").decode()
        # The legend has one of each, the map one for all that is missing and one for each failed cell.
        assert svg.count("url(#hatch") == 2 + 1 + 6, svg.count("url(#hatch")
        assert {"6 error", "no call", "gain [dB]"} <= set(plot.texts())
        assert "88 calls in 94 cells" in plot.caption(), plot.caption()
        found = plot.sweep()
        assert any(text.startswith("omega = 0.8, zeta = 0.1: error: EINVAL") for text in found), found
        assert any(text == "omega = 0.1, zeta = 0.9: no call" for text in found), found
        assert any(re.match(r"omega = 0.5, zeta = 0.5: gain = 1.109\d* \(call \d+\)", text) for text in found), found
        canvas = page.ask("""(() => { const canvas = document.getElementById("curve");
          const data = canvas.getContext("2d").getImageData(canvas.width * .2, canvas.height * .35, canvas.width * .6, canvas.height * .4).data;
          let white = 0; for (let i = 0; i < data.length; i += 4) white += data[i] > 250 && data[i + 1] > 250 && data[i + 2] > 250;
          return white; })()""")
        assert canvas == 0, f"{canvas} white pixels in the map"


def uneven_values_have_their_place(open_page):
    with open_page("uneven", oscillator([0.1, 0.2, 0.4, 0.9, 2.0, 2.1, 2.2], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 3.0])) as page:
        plot = Plot(page)
        rects = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="[\d.]+" fill="#(?!1b1f24|ffffff)', plot.saved("svg").decode())
        widths = {round(float(width)) for _, width in rects[-49:]}
        assert len(widths) > 3, widths
        assert {"0.2", "1.0", "2.0"} <= set(plot.texts()), plot.texts()


def repeats_have_mean_and_spread(open_page):
    with open_page("repeats", oscillator([0.1, 0.5, 2, 3, 4, 5, 6, 7], [0.2, 0.4], repeat=5)) as page:
        plot = Plot(page)
        assert "means of repeated calls" in plot.caption(), plot.caption()
        assert {"zeta = 0.2", "zeta = 0.4"} <= set(plot.texts())
        plot.canvas.focus()
        found = set()
        for _ in range(60):
            page.page.keyboard.press("ArrowRight")
            found.add(page.page.locator("#tip").inner_text())
        means = [text for text in found if "mean" in text]
        assert any("omega = 0.1: mean" in text and "standard deviation" in text and "of 5 calls" in text for text in means), found
        # Without the series, calls at one place are no repeats of each other.
        page.page.select_option("#axis-series", label="(nothing)")
        assert "no mean is drawn" in page.text("#plot-note"), page.text("#plot-note")
        assert "means" not in plot.caption()


def arrays_are_curves_and_texts_categories(open_page):
    with open_page("kinds", oscillator(LOG, [0.2, 0.7])) as page:
        plot = Plot(page)
        page.page.select_option("#axis-y", label="response [mm]")
        assert "41 calls, each as a curve" in plot.caption() and "zeta = 0.2" in plot.caption(), plot.caption()
        assert page.decoded("Array.from(run.fields.find((field) => field.arrays).arrays.get(0)).map((value) => Number.isNaN(value) ? null : value)")[6:9:2] \
            == [round(1 / ((1 - LOG[0] ** 2) ** 2 + (0.4 * LOG[0]) ** 2) ** 0.5 * 0.9 ** step, 6) for step in (6, 8)]
        page.page.select_option("#axis-y", label="regime")
        texts = plot.texts()
        assert {"under", "over", "regime"} <= set(texts), texts


def each_task_can_be_chosen(open_page):
    def records():
        yield OSCILLATOR
        for call in range(30):
            yield record(call, task="one", kernel="damped", point={"omega": call + 1}, result={"gain": call})
        for call in range(30, 50):
            yield record(call, task="two", kernel="damped", point={"zeta": call * 0.1}, result={"gain": -call})
    with open_page("tasks", records()) as page:
        plot = Plot(page)
        assert "gain [dB] over omega [rad/s]: 30 calls" in plot.caption(), plot.caption()
        page.page.select_option("#plot-calls", index=1)
        assert "gain [dB] over zeta: 20 calls" in plot.caption(), plot.caption()


def a_click_shows_the_call(open_page):
    with open_page("click", oscillator([round(0.2 * step, 1) for step in range(1, 11)], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])) as page:
        plot = Plot(page)
        text = plot.at(0.5, 0.5)
        page.page.mouse.down()
        page.page.mouse.up()
        assert f"Call {re.search('call ([0-9]+)', text)[1]}" in page.text("#details").splitlines()[0]


def files_can_be_taken(open_page):
    with open_page("files", oscillator([0.1, 0.5, 1.5], [0.2, 0.4], fails=lambda o, z: o > 1 and z > 0.3)) as page:
        plot = Plot(page)
        png = plot.saved("png")
        assert png[:8] == b"\x89PNG\r\n\x1a\n" and len(png) > 10_000
        svg = plot.saved("svg").decode()
        xml.etree.ElementTree.fromstring(svg)
        lines = plot.saved("csv").decode().splitlines()
        assert lines[0] == "call,status,omega [rad/s],zeta,gain [dB]", lines[0]
        assert lines[-1] == "5,error,1.5,0.4," and len(lines) == 7, lines
        assert float(lines[1].split(",")[-1]) == 1 / ((1 - 0.1 ** 2) ** 2 + (2 * 0.2 * 0.1) ** 2) ** 0.5


def nothing_is_averaged_untold(open_page):
    with open_page("many", ({"call": call} | record(call, point={"r": call * 1e-4}, result=call % 7) for call in range(30_000))) as page:
        assert "the line is the mean" in Plot(page).caption()
    with open_page("few", (record(call, point={"r": call * 1e-4}, result=call % 7) for call in range(15_000))) as page:
        assert "15,000 calls, each as a mark" in Plot(page).caption()
    with open_page("cells", oscillator([round(0.1 * step, 1) for step in range(1, 9)], [round(0.1 * step, 1) for step in range(1, 9)], repeat=3)) as page:
        assert "cells with several calls show their mean (up to 3 calls)" in Plot(page).caption(), Plot(page).caption()


def two_runs_side_by_side(open_page):
    grid = [round(0.1 * step, 1) for step in range(1, 11)]
    first, second = list(oscillator(grid, grid)), list(oscillator(grid, grid, fails=lambda o, z: o > 0.85))
    second[0] = {"run": OSCILLATOR["run"] | {"host": "2.0"}}
    with open_page("first", first, also=("second", second)) as page:
        plot = Plot(page)
        assert "A first.jsonl: 100 calls in 100 cells; B second.jsonl: 80 calls in 100 cells" in plot.caption(), plot.caption()
        assert page.text("#total") == "200"
        assert page.page.locator("#runs tbody tr").first.locator("td").all_inner_texts() == ["100", "100"]
        differing = page.page.locator("#origin .differs").all_text_contents()
        assert len(differing) == 1 and "1.0" in differing[0] and "2.0" in differing[0], differing
        assert "host replay second.jsonl --call" in page.text("#groups code")
        assert page.column("run") == ["A first.jsonl"] * 5
        page.page.select_option("#axis-z", label="(nothing)")
        page.page.select_option("#axis-series", label="run")
        assert {"run = A first.jsonl", "run = B second.jsonl"} <= set(plot.texts())
        assert page.fits()
        page.shot("two-runs")


def a_large_run(open_page):
    with open_page("large", study(100_000)) as page:
        print(f"  100,000 calls: {page.size:,} bytes, open in {page.seconds:.2f} s")
        assert page.seconds < 20, "a limit for any machine"
        assert page.text("#total") == "100,000"
        page.page.locator("#grid-head button", has_text="seconds").first.click()
        page.page.focus("#grid")
        page.page.keyboard.press("End")
        assert page.page.locator("#details").is_visible()
        page.shot("large")


def a_thinned_run(open_page):
    with open_page("thinned", study(250_000)) as page:
        assert page.text("#total") == "250,000"
        assert "every 4th ok call" in page.text("#calls-note"), page.text("#calls-note")
        assert page.decoded("run.bins.reduce((n, b) => n + b.ended.reduce((a, c) => a + c, 0), 0)") == 250_000
        assert is_painted(page, "lanes")
        page.page.click("#statuses [data-status=ok]")
        assert page.text("#shown").startswith("2,500 of ")
        page.shot("thinned")


TESTS = [
    counts_render, filters, sorts, keyboard, timeline_by_mouse, every_look_fits, prints, hostile_texts,
    policy_holds, without_much, the_figures_agree, a_large_run, a_thinned_run,
    axes_have_titles_units_and_round_ticks, failed_and_missing_cells_are_hatched, uneven_values_have_their_place,
    repeats_have_mean_and_spread, arrays_are_curves_and_texts_categories, each_task_can_be_chosen,
    a_click_shows_the_call, files_can_be_taken, nothing_is_averaged_untold, two_runs_side_by_side,
]


def main():
    wanted = sys.argv[3:]
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        # As root, as CI runs, Chromium does not start with its own sandbox.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        def open_page(name, records, **context):
            return Page(browser, pathlib.Path(folder), name, records, **context)
        for test in TESTS:
            if wanted and test.__name__ not in wanted:
                continue
            try:
                test(open_page)
                passed += 1
            except Exception as error:
                failed += 1
                print(f"✘ {test.__name__}: {type(error).__name__}: {error}")
        with contextlib.suppress(Exception):
            browser.close()
    print(f"browser: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
