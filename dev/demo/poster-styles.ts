import type { Genre } from './catalogue.ts'
import {
  type Art,
  beams,
  bloom,
  brush,
  curtain,
  discs,
  halftone,
  heart,
  hills,
  keys,
  leaves,
  mountains,
  orbit,
  type Palette,
  quarterArcs,
  rainbow,
  shards,
  strings,
  sunburst,
  syllable,
  vinyl,
  waveform,
  windows,
} from './poster-art.ts'

/** Where the art is placed: edge to edge above or between the texts, or clipped to a shape above them. */
export type Frame = 'top' | 'middle' | 'inset' | 'arch' | 'circle'

/** The style of a genre's posters: palettes (paper, ink, ground, a, b, c) and compositions of an art in a frame. */
export const styles: Record<Genre, { palettes: string[]; compositions: [Art, Frame][] }> = {
  kpop: {
    palettes: [
      '#12061f #ffe9fb #220c3d #ff2e93 #6a35ff #22e6ff',
      '#e9f24a #15103d #3d2bff #ff4fa0 #8f5bff #e9f24a',
      '#ff7ab0 #21052e #2a0845 #ff7ab0 #ff3d6e #ffe14d',
      '#d3e9ff #101a66 #101a66 #4f7dff #ff6ec4 #fff07a',
      '#071a2e #dffcff #0d2a49 #00d5b0 #2f6bff #ff5c8a',
      '#e8e6f2 #1c1630 #ff4d3d #1c1630 #b9a7ff #ffffff',
      '#8ff0cf #0a2b3c #0a2b3c #ff6f91 #3ec6ff #fff3b0',
      '#b3002d #ffeef2 #2b000b #ff2b55 #ff8fb0 #ffd9a8',
    ],
    compositions: [
      [beams, 'top'],
      [discs, 'top'],
      [orbit, 'middle'],
      [orbit, 'top'],
      [syllable, 'top'],
      [syllable, 'middle'],
      [rainbow, 'top'],
      [halftone, 'middle'],
      [discs, 'circle'],
      [waveform, 'top'],
    ],
  },
  rock: {
    palettes: [
      '#0d0d0d #f4efe4 #0d0d0d #e5261f #f4efe4 #6d6d6d',
      '#f4472d #160505 #160505 #f4472d #f6e7cf #8c1c13',
      '#f0e6d2 #1a1512 #1a1512 #d6402a #e9b93a #6b8790',
      '#10182b #f7f3e3 #10182b #ff5a1f #ffc21f #3d6fb6',
    ],
    compositions: [[shards, 'top'], [brush, 'middle'], [syllable, 'top'], [shards, 'inset'], [brush, 'top'], [
      halftone,
      'middle',
    ]],
  },
  jazz: {
    palettes: [
      '#0f2547 #f3e7c9 #173260 #e0a33a #d1512d #6fa3b8',
      '#f1e2c4 #22160f #22160f #d2552e #2f7f8c #e8a93c',
      '#3a0f1f #f7dcc0 #52182d #e2703a #f2b950 #a83852',
      '#0f3d3a #f6e9cf #0a2c2a #f0a63c #e4633f #58a08f',
    ],
    compositions: [[quarterArcs, 'top'], [keys, 'inset'], [vinyl, 'top'], [quarterArcs, 'middle'], [keys, 'top'], [
      vinyl,
      'arch',
    ]],
  },
  classical: {
    palettes: [
      '#f5f1e8 #1b2340 #1b2340 #e6d9bd #a87f45 #8aa0b8',
      '#101820 #e9dfc8 #1f2f3c #e9dfc8 #b8883e #54788c',
      '#e6ebe3 #17352b #17352b #e8e0c4 #4f8a6d #d99a4e',
      '#2a1a3e #f1e6d8 #3d2758 #f1d9b8 #8a4f9e #d6785c',
      '#f3ddd2 #4a1626 #4a1626 #f6dcc8 #b5473f #e0a35a',
    ],
    compositions: [[strings, 'top'], [strings, 'arch'], [strings, 'circle'], [quarterArcs, 'arch'], [waveform, 'inset'], [
      strings,
      'middle',
    ]],
  },
  musical: {
    palettes: [
      '#3f0913 #ffe9c7 #1f0409 #f2c35b #a8142a #c92b3f',
      '#0b1d4a #fdf0cf #060f2b #f6c344 #1d45a8 #3566cf',
      '#f6e7d6 #3a1030 #2a0a24 #ffd38a #8b2a63 #b04a7c',
      '#0d3b33 #fbeed0 #05201c #ffd166 #127a5f #1f9c78',
      '#ffdb70 #3b1247 #250a2e #fff3cf #6a2a86 #8c46a8',
    ],
    compositions: [[curtain, 'top'], [curtain, 'arch'], [windows, 'arch'], [mountains, 'circle'], [curtain, 'inset'], [
      orbit,
      'arch',
    ], [hills, 'arch']],
  },
  festival: {
    palettes: [
      '#2b1038 #ffe7b8 #ff8a3d #7a1f5c #c23262 #e9524f',
      '#0e3b43 #fdf1d4 #f6b26b #16606a #2b8a86 #6cb59a',
      '#1d2a6b #fff1cc #8f7bea #2b3c93 #3f57bd #6a6fd6',
      '#124a2f #fff3d1 #ffd05c #1d7044 #3f9656 #8abf5a',
      '#f9e3b4 #3d1a4f #5d2a77 #f2a541 #e4572e #a23b72',
    ],
    compositions: [[mountains, 'top'], [sunburst, 'middle'], [hills, 'top'], [rainbow, 'top'], [sunburst, 'inset'], [
      brush,
      'middle',
    ]],
  },
  hiphop: {
    palettes: [
      '#f7d21e #111111 #f7d21e #111111 #f0562f #ffffff',
      '#1c1c1c #f5f5f0 #b6ff3b #1c1c1c #6c3bff #ff5a36',
      '#5226d9 #ffffff #ff8a2a #2a0f80 #ff4f7b #fff25c',
      '#f2efe8 #151515 #e8402a #151515 #f7c325 #f2efe8',
      '#00363d #e6fff4 #14d9a4 #00363d #ffd23f #ff5e5b',
    ],
    compositions: [[halftone, 'top'], [waveform, 'middle'], [syllable, 'inset'], [windows, 'top'], [brush, 'middle'], [
      syllable,
      'top',
    ]],
  },
  indie: {
    palettes: [
      '#e9efe0 #26402f #bcd6b4 #f2b35c #5b8f6b #86b08a',
      '#f8ded2 #4a2330 #f3b9a3 #e2725b #a94f5c #c97b6f',
      '#20344f #f8ead2 #3d5d84 #f2b880 #2b466b #587aa3',
      '#f4ead5 #2d3a5a #a8c5d6 #ef8354 #4f6d8f #7da0b6',
    ],
    compositions: [[hills, 'top'], [leaves, 'circle'], [leaves, 'arch'], [hills, 'circle'], [windows, 'inset'], [
      rainbow,
      'inset',
    ]],
  },
  trot: {
    palettes: [
      '#b80f2c #fff3d6 #8a0a20 #ffc845 #f0556b #fff3d6',
      '#4d1678 #ffeaa0 #35105a #ff5fa8 #ffd23f #b04be0',
      '#fff0d9 #7d1128 #d8243f #ffd166 #ff8c61 #fff0d9',
      '#063f5c #fff1cf #042c41 #ff9f1c #ff5d5d #2ec4b6',
    ],
    compositions: [[bloom, 'top'], [sunburst, 'middle'], [bloom, 'inset'], [sunburst, 'top']],
  },
  fanmeeting: {
    palettes: [
      '#ffe0ea #7a1244 #ffb3cd #ff4f8b #ffffff #ffd166',
      '#dff3ff #123f7a #a9dcff #3d8bfd #ffffff #ff8fb1',
      '#fff6c9 #5b2a86 #ffe275 #a45ee5 #ffffff #ff7e67',
      '#e9e0ff #34207a #c6b3ff #7048e8 #ffffff #ff85c0',
    ],
    compositions: [[heart, 'top'], [heart, 'circle'], [bloom, 'middle'], [rainbow, 'top'], [heart, 'middle']],
  },
}

/** A palette from its six colours. */
export function toPalette(colours: string): Palette {
  const [paper, ink, ground, a, b, c] = colours.split(' ') as [string, string, string, string, string, string]
  return { paper, ink, ground, a, b, c }
}
