/** A picture to break things on, so that nobody has to bring one: a rubber
 * duck on water. */
const [width, height] = [960, 720];

type Context = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;

function fade(c: Context, from: number, to: number, colours: string[]) {
  const gradient = c.createLinearGradient(0, from, 0, to);
  colours.forEach((colour, i) =>
    gradient.addColorStop(i / (colours.length - 1), colour),
  );
  return gradient;
}

function ellipse(c: Context, at: number[], fill: string | CanvasGradient) {
  const [x = 0, y = 0, rx = 0, ry = 0, turn = 0] = at;
  c.fillStyle = fill;
  c.beginPath();
  c.ellipse(x, y, rx, ry, turn, 0, 7);
  c.fill();
}

function drawGround(c: Context): void {
  const water = ['#7fb2bd', '#4f909e', '#34717f', '#285c6b'];
  c.fillStyle = fade(c, 0, height, water);
  c.fillRect(0, 0, width, height);
  ellipse(c, [480, 600, 290, 34], 'rgb(16 56 68 / 0.45)');
}

function drawDuck(c: Context): void {
  const body = fade(c, 330, 610, ['#ffd84d', '#f9bd1c', '#d98c0a']);
  ellipse(c, [470, 475, 255, 132], body);
  c.fillStyle = body; // the tail
  c.beginPath();
  c.moveTo(240, 450);
  c.quadraticCurveTo(190, 380, 176, 322);
  c.quadraticCurveTo(290, 352, 350, 400);
  c.fill();
  ellipse(c, [430, 478, 128, 66, 0.15], '#e9a512');
  ellipse(c, [442, 468, 118, 56, 0.15], '#ffcb30');
  const head = fade(c, 140, 400, ['#ffe06a', '#fbc52a', '#eda512']);
  ellipse(c, [618, 268, 122, 120], head);
  c.fillStyle = fade(c, 250, 350, ['#ff8a2b', '#e0560f']); // the beak
  c.beginPath();
  c.moveTo(716, 262);
  c.quadraticCurveTo(800, 262, 836, 306);
  c.quadraticCurveTo(786, 344, 706, 322);
  c.fill();
  ellipse(c, [664, 230, 21, 27], '#1b1b1f');
  ellipse(c, [671, 220, 7, 9], '#ffffff');
  ellipse(c, [570, 196, 40, 22, -0.5], 'rgb(255 255 255 / 0.4)');
}

export async function samplePhoto(): Promise<Blob> {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d')!;
  drawGround(context);
  drawDuck(context);
  return new Promise((done, failed) =>
    canvas.toBlob(
      (blob) => (blob ? done(blob) : failed(new Error('no picture'))),
      'image/png',
    ),
  );
}
