/** The number of a link that was clicked somewhere: ready to dial, and dialled by a click only. */
export class DialOffer {
  number = $state<string | null>(null);
  /** Counts the links, so that the same one clicked again is noticed too. */
  turn = $state(0);

  hear(number: string): void {
    this.number = number;
    this.turn++;
  }

  clear(): void {
    this.number = null;
  }
}
