// sharp as its documentation has it: for every file the input, resized and encoded.
// node sharp.mjs FOLDER, where FOLDER has node_modules with sharp in it; JSON in, JSON out, as in asked.py.

import fs from 'node:fs';
import { createRequire } from 'node:module';

const sharp = createRequire(`${process.argv[2]}/`)('sharp');
const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
const data = fs.readFileSync(asked.picture);
sharp.cache(false);

function pipeline(output) {
  const fit = output.cover ? 'cover' : 'fill';
  const image = sharp(data).autoOrient().resize(output.width, output.height, { fit });
  if (output.spec?.filter === 'grayscale') return image.grayscale();
  return output.matrix ? image.recomb(output.matrix) : image;
}

function peakBytes() {
  try {
    const status = fs.readFileSync('/proc/self/status', 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

const files = {};
const stages = {};
const start = process.cpuUsage();
for (const output of asked.outputs) {
  for (const { format, number } of output.files) {
    const before = process.cpuUsage();
    const options = number === null || number === undefined ? {} : { quality: number };
    files[`${output.name}.${format}`] = await pipeline(output).toFormat(format, options).toBuffer();
    const { user, system } = process.cpuUsage(before);
    stages[`make ${format}`] = (stages[`make ${format}`] ?? 0) + (user + system) / 1e6;
  }
}
const { user, system } = process.cpuUsage(start);

const bytes = Object.fromEntries(Object.entries(files).map(([name, made]) => [name, made.length]));
const answer = { cpu_seconds: (user + system) / 1e6, peak_bytes: peakBytes(), stages, bytes };
answer.made_with = `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;
if (asked.folder) {
  for (const [name, made] of Object.entries(files)) fs.writeFileSync(`${asked.folder}/${name}`, made);
}
process.stdout.write(JSON.stringify(answer));
