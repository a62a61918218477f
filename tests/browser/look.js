// What is wrong with the page as it is shown now: a list of sentences for each kind of fault.
() => {
  const describe = (element, text) => {
    const name = element.tagName.toLowerCase();
    const classes = String(element.getAttribute("class") || "").trim().replace(/\s+/g, ".");
    return `${name}${classes && "."}${classes}: ${text.trim().replace(/\s+/g, " ").slice(0, 40)}`;
  };

  const isVisible = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  // Colours as [red, green, blue, opacity], each from 0 to 1. The canvas reads any notation.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colours = new Map();
  const parse = (colour) => {
    if (!colours.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      colours.set(colour, [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255));
    }
    return colours.get(colour);
  };
  const over = ([r, g, b, a], under) =>
    [r, g, b].map((part, n) => part * a + under[n] * (1 - a)).concat(1);

  const luminance = (colour) => {
    const [r, g, b] = colour.map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };

  // The colours that a box paints: one, or all those of a gradient.
  const paints = (style) => {
    const stops = style.backgroundImage.match(/(rgba?|color|oklab|oklch)\([^)]*\)/g);
    return [style.backgroundColor, ...(stops || [])].map(parse);
  };

  // The shape of a picture that lies below the middle of a text: the last one painted before it.
  const shapeBelow = (text) => {
    const box = text.getBoundingClientRect();
    const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
    const shapes = [...text.ownerSVGElement.querySelectorAll("rect, path, circle")].filter(
      (shape) => shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING
        && getComputedStyle(shape).fill !== "none"
        && shape.isPointInFill(middle.matrixTransform(shape.getScreenCTM().inverse())));
    return shapes.at(-1);
  };

  // All colours that may lie behind the text of an element.
  const backgrounds = new Map();
  const behind = (element) => {
    if (!element) {
      const dark = matchMedia("(prefers-color-scheme: dark)").matches
        && getComputedStyle(document.documentElement).colorScheme.includes("dark");
      return [dark ? [0.07, 0.07, 0.07, 1] : [1, 1, 1, 1]];
    }
    if (!backgrounds.has(element)) {
      const [own, ...stops] = paints(getComputedStyle(element));
      const base = own[3] === 1 ? [own] : behind(element.parentElement).map((it) => over(own, it));
      backgrounds.set(element, base.concat(stops.flatMap((it) => base.map((b) => over(it, b)))));
    }
    return backgrounds.get(element);
  };

  const opacity = (element) =>
    element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1;

  const weakTexts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const seen = new Set();
    const weak = [];
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.data;
      if (!text.trim() || seen.has(element) || element.closest("script, style, noscript, title, desc")) {
        continue;
      }
      seen.add(element);
      const box = element.getBoundingClientRect();
      if (!isVisible(element) || box.width <= 1 || box.height <= 1) {
        continue;
      }
      const style = getComputedStyle(element);
      const drawn = element.ownerSVGElement && !element.closest("foreignObject");
      const [r, g, b, a] = parse(drawn ? style.fill : style.color);
      const shape = drawn && shapeBelow(element);
      const below = shape
        ? behind(element).map((it) => over(parse(getComputedStyle(shape).fill), it))
        : behind(element);
      const found = Math.min(
        ...below.map((it) => contrast(over([r, g, b, a * opacity(element)], it), it)));
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (found < (large ? 3 : 4.5)) {
        weak.push(`${found.toFixed(2)} ${describe(element, text)}`);
      }
    }
    return weak;
  };

  // What makes the page wider than the screen, and what is cut off where nothing scrolls.
  const overflows = () => {
    const width = document.documentElement.clientWidth;
    const found = document.documentElement.scrollWidth > width
      ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
    for (const element of document.body.querySelectorAll("*")) {
      if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1
          && ["hidden", "clip"].includes(getComputedStyle(element).overflowX) && isVisible(element)) {
        found.push(`cut off: ${describe(element, element.textContent)}`);
      }
    }
    return found;
  };

  return { overflow: overflows(), contrast: weakTexts() };
}
