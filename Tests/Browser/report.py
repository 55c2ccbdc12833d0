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

try:
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    print("skipped: there is no Python package playwright")
    sys.exit(77)

HOST = str(pathlib.Path(sys.argv[1]).resolve())
SHOTS = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
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

    def __init__(self, browser, folder, name, records, **context):
        self.lines, self.requests = [], []
        source, target = folder / f"{name}.jsonl", folder / f"{name}.html"
        with source.open("w") as file:
            for one in records:
                file.write(one if isinstance(one, str) else json.dumps(one) + "\n")
        subprocess.run([HOST, "report", source.name, "-o", target.name], cwd=folder, check=True)
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
        assert "No call is like that" in page.text("#grid-body")
        page.page.click("#reset")
        page.page.locator("#groups button", has_text="Show them").first.click()
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
        assert "no start and lane" in page.text("#timeline-note")
        assert is_painted(page, "curve")
    with open_page("empty", []) as page:
        assert page.text("#total") == "0"
        assert "no records" in page.text("#notes")
        assert page.fits()
    with open_page("cut", [record(0), json.dumps(record(1))[:-20]]) as page:
        assert page.text("#total") == "1" and "cut off" in page.text("#notes")
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
        assert "every 4th that is ok" in page.text("#calls-note"), page.text("#calls-note")
        assert page.decoded("run.bins.reduce((n, b) => n + b.ended.reduce((a, c) => a + c, 0), 0)") == 250_000
        assert is_painted(page, "lanes")
        page.page.click("#statuses [data-status=ok]")
        assert page.text("#shown").startswith("2,500 of ")
        page.shot("thinned")


TESTS = [
    counts_render, filters, sorts, keyboard, timeline_by_mouse, every_look_fits, prints, hostile_texts,
    policy_holds, without_much, the_figures_agree, a_large_run, a_thinned_run,
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
