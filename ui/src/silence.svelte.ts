/** What keeps the program from disturbing, as the shell tells. */
import type { Shell, Silence } from "./shell";

export class Quiet {
  silence = $state.raw<Silence | null>(null);

  constructor(shell: Pick<Shell, "onSilence" | "silenceRead">) {
    let wasTold = false;
    shell.onSilence((heard) => {
      wasTold = true;
      this.silence = heard;
    });
    shell.silenceRead().then(
      (read) => {
        // An answer that was overtaken is older than what was told.
        if (!wasTold) this.silence = read;
      },
      // A shell that does not tell disturbs as ever.
      () => {},
    );
  }
}
