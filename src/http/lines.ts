// Cuts a byte stream into lines, whatever the pieces it comes in.

import { StringDecoder } from 'node:string_decoder';
import { httpErrors } from './errors.ts';

/** A line longer than this is refused: it would be a server gone wrong, and would fill the memory. */
const maxLine = 64 * 1024 * 1024;

/** The lines of `stream` that hold something; `onData` is called for each piece that comes. */
export async function* readLines(
  stream: AsyncIterable<Buffer>,
  onData: () => void = () => {},
): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    onData();
    const pieces = (rest + decoder.write(chunk)).split('\n');
    rest = pieces.pop() ?? '';
    if (rest.length > maxLine)
      throw httpErrors.error('malformed', 'A line of the stream is longer than 64 MB.');
    for (const line of pieces) {
      if (line.trim() !== '') yield line;
    }
  }
  // Half a line is what a broken connection leaves: the next stream tells it again.
}
