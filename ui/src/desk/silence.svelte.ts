/** What keeps the program from disturbing, as the shell tells. */
import type { Shell, Silence } from "../shell";

export class Quiet {
  silence = $state.raw<Silence | null>(null);

  constructor(shell: Shell) {
    shell.onSilence((heard) => (this.silence = heard));
    shell.silenceRead().then(
      (read) => (this.silence = read),
      // A shell that does not tell disturbs as ever.
      () => {},
    );
  }
}
