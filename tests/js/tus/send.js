/**
 * Sends a file with the reference client of the tus protocol: `node send.js ENDPOINT FILE NAME PIECE_BYTES FIRST_AT_ONCE`.
 * Prints what happened as JSON: the upload's address, and each request with the status of its answer (0 for none).
 */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { Upload } from "tus-js-client";

const [endpoint = "", file = "", name = "", piece = "0", atOnce = "no"] = process.argv.slice(2);
const data = await readFile(file);
/** @type {{method: string, status: number}[]} */
const requests = [];
let resumed = 0;

const upload = new Upload(data, {
  endpoint,
  metadata: { filename: name },
  chunkSize: Number(piece) || Infinity,
  uploadDataDuringCreation: atOnce === "yes",
  retryDelays: Array.from({ length: 60 }, () => 50),
  onShouldRetry: () => {
    resumed += 1;
    return true;
  },
  onAfterResponse: (request, response) => {
    requests.push({ method: request.getMethod(), status: response.getStatus() });
  },
  onError: (error) => {
    process.stderr.write(`${error}\n`);
    process.exitCode = 1;
  },
  onSuccess: () => {
    process.stdout.write(JSON.stringify({ url: upload.url, requests, resumed }));
  },
});
upload.start();
