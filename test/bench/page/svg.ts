/** Charts by Vega-Lite, without a browser: the same picture from the same data, on every machine. */
import { parse, resetSVGDefIds, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Solid, so that it can be read where the page around it is dark. */
const BACKGROUND = 'white';

/** What the machine of the reader calls its plain font. */
const FONT = 'sans-serif';

/** Decimals of a pixel: the last digits of a logarithm may differ from one processor to the next. */
const DECIMALS = /-?\d+\.\d{3,}/g;

export async function svgOf(spec: TopLevelSpec): Promise<string> {
  const { spec: whole } = compile({
    ...spec,
    background: BACKGROUND,
    padding: 12,
    config: {
      font: FONT,
      axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#e4e4e4' },
      legend: { labelFontSize: 11, titleFontSize: 12, labelLimit: 320 },
      title: { fontSize: 13, fontWeight: 'bold', anchor: 'start' },
      view: { stroke: '#cccccc' },
    },
  });
  // Parts of a picture are numbered within the process.
  resetSVGDefIds();
  const view = new View(parse(whole), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return `${svg.replaceAll(DECIMALS, (number) => String(Number(Number(number).toFixed(2))))}\n`;
  } finally {
    view.finalize();
  }
}
