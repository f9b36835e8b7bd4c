// Talks to ort.mjs.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./ort.mjs', import.meta.url));

export async function startPeer(modelPath, threads, size) {
  const child = fork(program, [modelPath, String(threads), String(size)]);
  const reply = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`onnxruntime exited: ${code}`)));
    });
  const { loadMs } = await reply();
  return {
    loadMs,
    run(request) {
      const answer = reply();
      child.send(request);
      return answer;
    },
    stop: () => child.kill(),
  };
}
