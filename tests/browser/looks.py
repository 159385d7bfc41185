"""What a person with poor sight or a small window would stumble over, in the words of the page's own scripts."""

from tests.browser.window import Window

# What an accessibility checker would look for first, in the page's own words.
UNNAMED = """() => {
  const name = (node) => (node.getAttribute('aria-label') || node.textContent || node.title || '').trim();
  const shown = (node) => node.getClientRects().length > 0;
  const wrong = [];
  for (const node of document.querySelectorAll('a[href], button, summary'))
    if (shown(node) && !name(node)) wrong.push(node.outerHTML.slice(0, 120));
  for (const node of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (shown(node) && !node.labels.length && !node.ariaLabel) wrong.push(node.outerHTML.slice(0, 120));
  for (const node of document.querySelectorAll('[aria-describedby]'))
    for (const id of node.getAttribute('aria-describedby').split(' '))
      if (!document.getElementById(id)) wrong.push('no ' + id);
  return wrong;
}"""
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const f = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const ground = (node) => { for (let at = node; at; at = at.parentElement) {
    const colour = rgba(getComputedStyle(at).backgroundColor); if (colour[3] > 250) return colour; }
    return rgba(getComputedStyle(document.body).backgroundColor); };
  const wrong = [];
  for (const node of document.querySelectorAll('main *, header *, footer *')) {
    const words = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!words || !node.getClientRects().length || node.closest('[disabled], option, svg')) continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(rgba(style.color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) wrong.push(node.textContent.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  return [...new Set(wrong)];
}"""


def stumbles(window: Window) -> dict[str, list[str]]:
    """Controls without a name and words that are too faint, of the page that is open."""
    return {"unnamed": window.page.evaluate(UNNAMED), "faint": window.page.evaluate(CONTRAST)}
