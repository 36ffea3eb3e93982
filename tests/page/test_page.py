"""The catalog's page in a real Chromium, from disk and over HTTP."""

import re

import pytest
from playwright.sync_api import expect

import catalog
from catalog import DIGITS_38, HOSTILE, SMALL_38

ORDERS = "#table=111122223333%2Feu-west-1%2Forders"
UNSEEN = re.compile("[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

both = pytest.mark.parametrize("over", ["disk", "http"])
schemes = pytest.mark.parametrize("scheme", ["light", "dark"])

# The least contrast of any text that can be seen, with the text: WCAG's ratio.
CONTRAST = """() => {
  const channel = (value) => ((value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (element) => {
    for (let up = element; up; up = up.parentElement) {
      const color = parse(getComputedStyle(up).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const ratios = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('svg, .unseen')) continue;
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
    ratios.push([(Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), walker.currentNode.data]);
  }
  return ratios.sort((one, other) => one[0] - other[0])[0];
}"""


def shown(text: str) -> str:
    """How the page writes a text: characters that cannot be seen by their numbers."""
    return UNSEEN.sub(lambda found: f"U+{ord(found[0]):04X}", text) or "empty"


def names(page) -> list[str]:
    return page.locator("#rows th a").all_text_contents()


def open_everything(page) -> None:
    """Opens each attribute at every level, with all that is known of it."""
    every = page.locator("#schema .plain")
    if every.is_visible():
        every.click()
    page.evaluate("document.querySelectorAll('.row .label[aria-expanded=false]').forEach((label) => label.click())")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def attribute(page, name: str):
    """Opens an attribute and hands back what is told of it."""
    row = page.locator(".schema .row").filter(has=page.locator(".label", has_text=re.compile(f"^{re.escape(name)}$")))
    row.click()
    return page.locator(".schema .row.opened + .profile").last


def metric(profile, name: str):
    return (
        profile.locator(".metrics div")
        .filter(has=profile.page.locator("dt", has_text=re.compile(f"^{re.escape(name)}$")))
        .locator("dd")
    )


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@both
def test_hostile_names_and_values_run_nothing_and_appear_as_text(read, over):
    page = read("hostile", over=over)
    assert sorted(names(page)) == sorted(shown(text) for text in HOSTILE)
    assert sorted(page.locator("#skipped td:first-child").all_text_contents()) == sorted(
        shown(text) for text in HOSTILE
    )
    page.locator("#changes summary").click()
    expect(page.locator("#changes tbody tr")).to_have_count(len(HOSTILE))
    for link in [each.get_attribute("href") for each in page.locator("#rows th a").all()]:
        page.evaluate("(hash) => { location.hash = hash; }", link)
        expect(page.locator("#schema")).to_be_visible()
        open_everything(page)
        text = page.locator("h1").text_content()
        assert text in {shown(each) for each in HOSTILE}
        assert page.locator(".schema > .row .label").all_text_contents() == [
            text,
            text,
            "values of " + (text if text != "empty" else ""),
            "map",
            "each value",
            text,
        ]
        assert page.locator(".schema .evidence li").all_text_contents() == [text]
        expect(page.locator("#tags li")).to_have_text(f"{text} = {text}")
        assert page.locator(".ranked .value").first.text_content() == text
        assert fits(page)


def test_the_policy_refuses_markup_and_scripts_of_others(chromium, served):
    page = chromium.new_context().new_page()
    page.goto(f"{served}/catalog/small/index.html")
    for attack in [
        "document.body.innerHTML = '<b>'",
        "document.body.append(Object.assign(document.createElement('script'), { src: 'page/page.js' }))",
        "scripts.createScriptURL('https://example.com/page/changes.js')",
        "scripts.createScriptURL('page/tables/../page.js')",
    ]:
        assert (
            page.evaluate(f"(() => {{ try {{ {attack}; return 'ran'; }} catch (error) {{ return error.name; }} }})()")
            == "TypeError"
        ), attack
    page.evaluate(
        "setTimeout(() => { try { eval('1'); document.title = 'ran'; } catch (error) { document.title = error.name; } })"
    )
    expect(page).to_have_title("EvalError")
    page.evaluate("document.body.append(Object.assign(document.createElement('img'), { src: 'https://example.com/' }))")
    assert page.evaluate("fetch('https://example.com/').then(() => 'sent', () => 'refused')") == "refused"


@both
def test_words_search_the_list_as_they_are_typed(read, over):
    page = read("small", over=over)
    expect(page.locator("#shown")).to_have_text("10 tables")
    page.locator("#search").press_sequentially("4444 PHONE")
    assert names(page) == ["shipments"]
    expect(page.locator("#shown")).to_have_text("1 of 10 tables")
    page.locator("#search").fill("no such table")
    expect(page.locator("#none")).to_be_visible()
    page.locator("#reset").click()
    expect(page.locator("#shown")).to_have_text("10 tables")
    expect(page.locator("#search")).to_be_focused()


def test_filters_leave_what_fits_all_of_them(read):
    page = read("small")
    page.locator("#account").select_option("444455556666")
    assert names(page) == ["audit-log", "carts", "sessions", "shipments"]
    page.get_by_label("Missing permissions").check()
    assert names(page) == ["sessions"]
    page.locator("#reset").click()
    page.get_by_label("Changed").check()
    assert names(page) == ["customers", "orders"]
    page.get_by_label("Sensitive").check()
    assert names(page) == ["orders"]
    page.locator("#reset").click()
    page.locator("#entity").select_option("phone")
    page.locator("#region").select_option("eu-west-1")
    assert names(page) == ["customers", "feature.flags"]


def test_a_link_that_filters_by_what_is_no_more_can_be_undone(read):
    page = read("small", "#account=999999999999")
    expect(page.locator("#none")).to_be_visible()
    page.locator("#reset").click()
    expect(page.locator("#shown")).to_have_text("10 tables")
    expect(page.locator("#reset")).to_be_hidden()


def test_columns_sort_and_say_so(read):
    page = read("small")
    head = page.locator("#columns th", has_text="Items")
    head.locator("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    items = [int(text.replace(",", "")) for text in page.locator("#rows td:nth-child(4)").all_text_contents()]
    assert items == sorted(items, reverse=True) and len(items) == 10
    head.locator("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert names(page)[0] == "invoices-2027"
    page.locator("#columns th", has_text="Table").locator("button").click()
    assert names(page) == sorted(names(page))


@both
def test_the_address_keeps_the_state_and_back_goes_back(read, over):
    page = read("small", over=over)
    page.locator("#search").fill("or")
    page.locator("#columns th", has_text="Size").locator("button").click()
    before = names(page)
    assert before and "#q=or&sort=-size" in page.url
    page.get_by_role("link", name="orders", exact=True).click()
    expect(page.locator("h1")).to_have_text("orders")
    expect(page).to_have_title("orders · DynamoDB catalog")
    expect(page.locator("#list")).to_be_hidden()
    attribute(page, "status")
    assert "attribute=%5B%22status%22%5D" in page.url
    page.go_back()
    expect(page.locator("#list")).to_be_visible()
    assert names(page) == before
    expect(page.get_by_role("link", name="orders", exact=True)).to_be_focused()
    page.go_forward()
    expect(page.locator("h1")).to_have_text("orders")
    expect(page.locator(".row.opened .label")).to_have_text("status")
    page.reload()
    expect(page.locator(".row.opened .label")).to_have_text("status")


def test_back_finds_the_place_in_a_long_list(read):
    page = read("many")
    page.get_by_role("link", name="table-000", exact=True).focus()
    page.evaluate("window.scrollTo(0, 9000)")
    page.wait_for_function("lastPlace => window.scrollY === lastPlace", arg=9000)
    page.evaluate("(hash) => { location.hash = hash; }", page.locator("#rows a").first.get_attribute("href"))
    expect(page.locator("#schema")).to_be_visible()
    assert page.evaluate("window.scrollY") == 0
    page.go_back()
    expect(page.locator("#list")).to_be_visible()
    page.wait_for_function("window.scrollY === 9000")


def test_a_link_opens_a_nested_attribute_and_what_is_sought(read):
    page = read("small", ORDERS + "&attribute=%5B%22lines%22%2C0%2C%22price%22%5D")
    expect(page.locator(".row.opened .label")).to_have_text("price")
    expect(page.locator(".row.opened")).to_be_focused()
    page = read("small", ORDERS + "&q=postal")
    assert page.locator(".row .label").all_text_contents() == ["address", "street"]
    expect(page.locator("#schema [role=status]")).to_have_text("1 found")


def test_an_attribute_tells_its_path_as_classification_yaml_has_it(read):
    page = read("small")
    of = """(path) => path.reduce((parent, [kind, name]) =>
      new Branch({ name, types: [] }, kind, parent), null).written"""
    member, element, value = (lambda name: ["member", name]), ["element", ""], ["value", ""]
    for path, expected in [
        ([member("customer"), member("email")], "customer.email"),
        ([member("lines"), element, member("sku")], "lines[].sku"),
        ([member("prices"), value], "prices.*"),
        ([member("a.b"), member("c d"), member("")], '"a.b"."c d".""'),
    ]:
        assert page.evaluate(of, path) == expected
    page = read("small", ORDERS)
    expect(attribute(page, "email").locator(".path")).to_have_text("Path email")


def test_a_link_to_a_table_that_is_not_there_says_so(read):
    page = read("small", "#table=1%2F2%2F%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    expect(page.get_by_role("alert")).to_have_text("There is no table 1/2/<img src=x onerror=alert(1)> in this export.")
    page.get_by_role("link", name="All tables").click()
    expect(page.locator("#rows tr")).to_have_count(10)
    expect(page.get_by_role("alert")).to_be_hidden()


@pytest.mark.trouble
def test_data_that_are_missing_are_told(read):
    page = read("many")
    page.get_by_role("link", name="table-001", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The table could not be shown")


@pytest.mark.trouble
def test_a_list_that_is_missing_is_told(read):
    page = read("small", over="http")
    page.route("**/manifest.js", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_have_text(
        "The list of tables could not be read: page/manifest.js is missing or damaged."
    )


def test_the_keyboard_is_enough(read):
    page = read("small")
    keys = page.keyboard
    keys.press("/")
    expect(page.locator("#search")).to_be_focused()
    keys.type("o")
    keys.press("Escape")
    expect(page.locator("#search")).to_have_value("")
    keys.type("orders")
    keys.press("ArrowDown")
    expect(page.get_by_role("link", name="orders", exact=True)).to_be_focused()
    keys.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    keys.press("/")
    expect(page.locator("#sought")).to_be_focused()
    keys.press("ArrowDown")
    focused = page.locator(".schema .row:focus")
    expect(focused.locator(".label")).to_have_text("customerId")
    for _ in range(3):
        keys.press("ArrowDown")
    expect(focused).to_have_attribute("aria-expanded", "false")
    keys.press("ArrowRight")
    expect(focused).to_have_attribute("aria-expanded", "true")
    keys.press("ArrowRight")
    expect(focused.locator(".label")).to_have_text("city")
    expect(focused).to_have_attribute("aria-level", "2")
    keys.press("Enter")
    expect(page.locator(".row.opened .label")).to_have_text("city")
    expect(page.locator(".row.opened .label")).to_have_attribute("aria-expanded", "true")
    keys.press("Tab")
    expect(page.locator(".profile summary").first).to_be_focused()
    keys.press("Enter")
    expect(page.locator(".profile details").first).to_have_attribute("open", "")
    keys.press("Escape")
    expect(page.locator(".profile")).to_have_count(0)
    expect(focused.locator(".label")).to_have_text("city")
    keys.press("ArrowLeft")
    expect(focused.locator(".label")).to_have_text("address")
    keys.press("ArrowLeft")
    expect(focused).to_have_attribute("aria-expanded", "false")
    keys.press("End")
    expect(focused.locator(".label")).to_have_text("total")
    keys.press("Home")
    keys.press("ArrowUp")
    expect(page.locator("#sought")).to_be_focused()
    keys.press("Escape")
    expect(page.locator("#list")).to_be_visible()
    assert names(page) == ["orders"]


def test_what_has_focus_is_seen(read):
    page = read("small", ORDERS)
    page.locator("#sought").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(".schema .row:focus").evaluate("(row) => getComputedStyle(row).outlineStyle") == "solid"


def test_the_tree_tells_levels_and_places(read):
    page = read("small", ORDERS)
    page.locator("#schema .plain").click()
    row = page.get_by_role("row").filter(has=page.locator(".label", has_text=re.compile("^sku$")))
    for name, value in {"aria-level": "3", "aria-setsize": "3", "aria-posinset": "3"}.items():
        expect(row).to_have_attribute(name, value)
    expect(page.get_by_role("treegrid", name="Attributes")).to_be_visible()


@schemes
def test_text_is_readable_in_light_and_dark(read, scheme):
    page = read("small", color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) > 3 * 128) == (scheme == "light")
    ratio, text = page.evaluate(CONTRAST)
    assert ratio >= 4.5, (ratio, text)
    page.evaluate("(hash) => { location.hash = hash; }", ORDERS)
    expect(page.locator("#schema")).to_be_visible()
    open_everything(page)
    ratio, text = page.evaluate(CONTRAST)
    assert ratio >= 4.5, (ratio, text)


@pytest.mark.parametrize("width", [360, 700, 1100])
def test_nothing_is_wider_than_the_screen(read, width):
    for export in ["small", "hostile"]:
        page = read(export, viewport={"width": width, "height": 740})
        page.locator("#changes summary").click()
        expect(page.locator("#changes table")).to_be_visible()
        assert fits(page), export
        page.evaluate("(hash) => { location.hash = hash; }", page.locator("#rows a").nth(5).get_attribute("href"))
        expect(page.locator("#schema")).to_be_visible()
        open_everything(page)
        assert fits(page), export


def test_500_tables_of_300_attributes_are_there_at_once(read):
    page = read("many")
    expect(page.locator("#rows tr")).to_have_count(500)
    page.locator("#search").fill("table-49")
    expect(page.locator("#rows tr")).to_have_count(10)
    page.locator("#search").fill("table-000")
    page.get_by_role("link", name="table-000", exact=True).click()
    expect(page.locator(".schema .row")).to_have_count(300)
    expect(page.locator(".profile")).to_have_count(0)
    page.locator("#schema .plain").click()
    expect(page.locator(".schema .row")).to_have_count(450)
    page.locator("#sought").fill("member_4")
    expect(page.locator(".schema .row")).to_have_count(60)


def test_plots_tell_in_words_what_they_show(read):
    page = read("small", ORDERS)
    profile = attribute(page, "total")
    histogram = profile.get_by_role(
        "img",
        name=re.compile(
            r"^Histogram of values: 1,000 values in 20 bins from 3\.56 to 255\.58; the fullest, .* holds 240\.$"
        ),
    )
    expect(histogram).to_be_visible()
    assert histogram.locator(".filled").count() == 20
    assert histogram.locator("title").first.text_content().startswith("3.56 to below ")
    box = profile.get_by_role(
        "img",
        name=re.compile(
            r"^Quartiles of values: minimum 3\.56, first quartile 23\.085, median 37\.75,"
            r" third quartile 57\.585, maximum 255\.58, mean 47\.53273\.$"
        ),
    )
    expect(box).to_be_visible()
    profile.locator("summary").first.click()
    numbers = profile.locator(".bins").first.locator("tbody td:last-child").all_text_contents()
    assert sum(int(number) for number in numbers) == 1000


def test_the_tallest_bar_is_the_fullest_bin(read):
    page = read("small", ORDERS)
    heights = (
        attribute(page, "total")
        .locator(".filled")
        .evaluate_all("(bars) => bars.map((bar) => bar.height.baseVal.value)")
    )
    frequencies = next(each for each in catalog.small()["tables"] if each["table"] == "orders")["attributes"][-1][
        "profile"
    ]["histogram"]["frequencies"]
    assert max(heights) == 120 and heights.index(120) == frequencies.index(max(frequencies))
    assert [height > 0 for height in heights] == [frequency > 0 for frequency in frequencies]


def test_nothing_is_drawn_of_how_values_repeat_where_none_is_told(read):
    drawn = """(topValues) => plots({ histogram: null, topValues, valuesCount: 3, estimated: [],
      cardinalityDistribution: { categories: ["Others"], counts: [3], percentages: [100] } }, true).length"""
    assert read("small").evaluate(drawn, []) == 0
    assert read("small").evaluate(drawn, [{"value": "Others", "count": 3}]) == 2


def test_lengths_are_said_to_be_lengths(read):
    profile = attribute(read("small", ORDERS), "status")
    expect(profile.get_by_role("img", name=re.compile("^Quartiles of lengths: minimum 4, "))).to_be_visible()
    expect(profile.get_by_role("heading", name="Centre and spread of lengths")).to_be_visible()
    expect(metric(profile, "Minimum")).to_have_text("cancelled")
    assert profile.locator(".ranked .value").all_text_contents() == ["shipped", "paid", "open", "returned", "cancelled"]


def test_every_metric_is_there(read):
    profile = attribute(read("small", ORDERS), "total")
    told = {}
    for pair in profile.locator(".metrics dl > div").all():
        told[pair.locator("dt").text_content()] = pair.locator("dd").text_content()
    assert told == {
        "Values": "1,000",
        "Absent or NULL": "0",
        "Absent or NULL, share": "0%",
        "Distinct": "926",
        "Distinct, share": "92.6%",
        "Seen once": "856",
        "Seen once, share": "85.6%",
        "Duplicates": "74",
        "Minimum": "3.56",
        "Maximum": "255.58",
        "Mean": "47.53273",
        "Median": "37.75",
        "Sum": "47532.73",
        "Standard deviation": "36.263037",
        "First quartile": "23.085",
        "Third quartile": "57.585",
        "Interquartile range": "34.5",
        "Skew (non-parametric)": "0.269771",
    }
    expect(profile.get_by_role("img", name=re.compile(r"^How values repeat: .*Others 97\.\d%$"))).to_be_visible()


def test_numbers_keep_all_38_digits(read):
    page = read("small", ORDERS)
    profile = attribute(page, "amounts")
    expect(metric(profile, "Minimum")).to_have_text(DIGITS_38)
    expect(metric(profile, "Maximum")).to_have_text(SMALL_38)
    expect(metric(profile, "Sum")).to_have_text("9" * 38)
    expect(profile.locator(".ranked .value")).to_have_text(DIGITS_38)
    expect(profile.locator(".axis bdi").first).to_have_text(DIGITS_38)
    expect(profile.get_by_role("img", name=re.compile(f"from {DIGITS_38} to {DIGITS_38[:-1]}9;"))).to_be_visible()
    samples = attribute(page, "labels").locator(".samples li").all_text_contents()
    assert samples == [f'["a",{{"b":{DIGITS_38}}}]', '{"number":"5"}']


def test_digits_are_set_apart_by_threes_and_copied_without_a_gap(read):
    profile = attribute(read("small", ORDERS), "total")
    total = metric(profile, "Sum").locator("bdi")
    assert total.text_content() == "47532.73"
    assert total.locator(".three").all_text_contents() == ["532"]
    assert total.evaluate("(of) => (getSelection().selectAllChildren(of), String(getSelection()))") == "47532.73"


def test_figures_lead_to_what_lies_below_a_long_list(read):
    page = read("small", viewport={"width": 1280, "height": 500})
    expect(page.locator("#skipped")).not_to_be_in_viewport()
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.locator("#skipped")).to_be_in_viewport()
    page.get_by_role("button", name="6", exact=True).click()
    expect(page.locator("#changes table")).to_be_visible()
    expect(page.locator("#changes summary")).to_be_focused()


def test_estimates_are_marked(read):
    profile = attribute(read("small", ORDERS), "amounts")
    expect(metric(profile, "Distinct")).to_have_text("≈40")
    expect(metric(profile, "Median")).to_contain_text("≈")
    expect(metric(profile, "Values")).to_have_text("40")
    assert profile.locator("figcaption").all_text_contents() == [
        "≈ Distribution of valuesup to 40 in a bin",
        "How values repeat",
        "≈ Most frequent values",
    ]
    expect(metric(profile, "Median").locator("abbr")).to_have_attribute("title", "An estimate")


def test_sensitive_values_are_said_to_be_masked(read):
    page = read("small", ORDERS)
    profile = attribute(page, "email")
    expect(profile.locator(".masked")).to_contain_text("left out because they are sensitive")
    expect(metric(profile, "Minimum")).to_have_text("masked")
    assert page.evaluate("masking({types: [{type: 'M'}]})") == "it shows no values, because what lies in it is sensitive"
    assert "too few" in page.evaluate("masking({types: [{type: 'S'}]})")
    expect(profile.locator(".ranked")).to_have_count(0)
    expect(profile.locator(".holding")).to_contain_text("Sensitive · Confirmed by a person")
    expect(profile.locator(".holding dl")).to_have_text(re.compile("Confidence ?99%Share of values ?99.4%"))
    assert profile.locator(".evidence li").all_text_contents() == [
        "pattern: 994 of 1,000 values are addresses",
        "name of attribute: email",
    ]


def test_a_table_says_what_dynamodb_says_of_it(read):
    page = read("small", ORDERS)
    facts = page.locator(".facts").inner_text()
    for text in [
        "Partition key\ncustomerId",
        "Sort key\norderId",
        "Provisioned",
        "100 units",
        "250 units",
        "arn:aws:kms:",
        "us-east-1",
        "By expiresAt",
        "New and old images",
        "1,000 items",
    ]:
        assert text in facts
    assert page.locator("#indexes tbody tr").all_text_contents() == [
        "by-statusGlobalstatus SexpiresAt NKeys and 2 moreemailtotal20 / 401,284,00096 MB",
        "by-totalLocalcustomerId Stotal NAll–1,284,00096 MB",
    ]
    assert page.locator("#tags li").all_text_contents() == [
        "__proto__ = tagged",
        "cost-centre = 4711",
        "team = checkout",
    ]
    expect(page.locator("#table .notice")).to_have_text(
        "Less was read than asked for: the table's budget of 100 read units was spent"
    )
    marks = page.locator(".schema .row").first.locator(".badge.key").all_text_contents()
    assert marks == ["Partition key", "by-total"]


def test_types_presence_and_maps_of_data_are_told(read):
    page = read("small", ORDERS)

    def row(name):
        return page.locator(".schema .row").filter(has=page.locator(".label", has_text=re.compile(f"^{name}$")))

    assert row("total").locator(".type").all_text_contents() == ["N98%", "S2%"]
    expect(row("total").locator(".type").first).to_have_attribute("title", "Number: 980 values, 98%")
    expect(row("photo").locator(".presence")).to_have_text("1.2%")
    row("stockByWarehouse").locator(".twist").click()
    expect(row("each value").locator(".presence")).to_have_text("≈1,234 different keys")
    row("lines").locator(".twist").click()
    expect(row("each element").locator(".presence")).to_have_text("2,600 elements")


def test_changes_are_told_of_the_export_and_of_a_table(read):
    page = read("small")
    page.locator("#changes summary").click()
    expect(page.locator("#changes tbody tr")).to_have_count(6)
    assert page.locator("#changes tbody tr").last.text_content() == "elsewhere–Table left out––"
    assert page.locator("#changes tbody tr").nth(4).text_content() == "customers-old–Table removed––"
    expect(page.locator("#changes tbody a")).to_have_count(4)
    page.locator("#changes tbody a").first.click()
    assert page.locator("#changed-here tbody tr").all_text_contents() == [
        "stockByWarehouseAttribute added–M",
        "total" + "Types changedNN|S",
        "address.streetClassification changed–postal_address",
    ]


def test_skipped_tables_and_unknown_accounts_are_told_with_reasons(read):
    page = read("small")
    assert page.locator("#skipped tbody tr").all_text_contents() == [
        "payroll111122223333eu-west-1access denied: dynamodb:Scan is missing",
        "imports444455556666us-east-1it is CREATING",
    ]
    expect(page.locator("#accounts tbody tr").last).to_contain_text("cannot be assumed: access denied")
    expect(page.locator("#figures")).to_contain_text(re.compile("Skipped2"))


def test_decisions_that_fit_nothing_are_told(read):
    assert read("small").locator("#unmet tbody tr").all_text_contents() == [
        "orders111122223333eu-west-1address.emailemailno such attribute was seen"
    ]
    assert read("many").locator("#unmet").count() == 0


def test_missing_permissions_leave_things_unknown_and_say_so(read):
    page = read("small", "#table=444455556666%2Fus-east-1%2Fsessions")
    expect(page.locator("#table .notice")).to_have_text(
        "Not all of it is known. Permissions are missing: dynamodb:ListTagsOfResource, dynamodb:DescribeTimeToLive,"
        " dynamodb:DescribeContinuousBackups."
    )
    facts = page.locator(".facts").inner_text()
    assert "Point-in-time recovery\nNot known" in facts and "Time to live\nNot known" in facts


@both
def test_an_export_that_found_nothing_says_so(read, over):
    page = read("none", over=over)
    expect(page.locator("#none")).to_have_text("There is no table here: none was found, or none was to be read.")
    expect(page.locator("#tables")).to_be_hidden()
    expect(page.locator("#figures")).to_contain_text("first export")


def test_a_table_without_items_shows_its_keys(read):
    page = read("small", "#table=111122223333%2Feu-west-1%2Finvoices-2027")
    expect(page.locator("#table .notice")).to_have_text("No item was read, so only keys are known.")
    row = page.locator(".schema .row")
    expect(row.locator(".type")).to_have_attribute("title", "String: the type of a key")
    expect(row.locator(".presence")).to_have_text("Not seen")
    profile = attribute(page, "id")
    expect(profile).to_contain_text("There are no metrics of it: no plain value of it was seen.")


def test_print_leaves_out_what_is_only_for_the_screen(read):
    page = read("small")
    page.emulate_media(media="print")
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#tables")).to_be_visible()


def test_nothing_moves_for_who_wants_no_motion(read):
    page = read("small", ORDERS, reduced_motion="reduce")
    assert (
        page.locator(".twist").first.evaluate("(twist) => getComputedStyle(twist, '::before').transitionDuration")
        == "0s"
    )
