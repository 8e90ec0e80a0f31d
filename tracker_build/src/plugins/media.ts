import type { Plugin } from "../types";

/** Playing, pausing, ending and each quarter of videos and sounds. */
const media: Plugin = function (tracker) {
  const players: EventTarget[] = [];
  const quarters: number[] = [];

  ["play", "pause", "ended", "timeupdate"].forEach(function (type) {
    // These events do not bubble; capturing hears them all the same.
    tracker.on_(document, type, function (event) {
      const player = event.target as HTMLMediaElement;
      const part = player.currentTime / player.duration;
      let action: string | number = type;
      if (type == "timeupdate") {
        const at = players.indexOf(player) < 0 ? players.push(player) - 1 : players.indexOf(player);
        const quarter = Math.floor(part * 4);
        if (!(quarter > (quarters[at] || 0)) || quarter > 3) return;
        quarters[at] = quarter;
        action = quarter * 25 + "%";
      }
      tracker.emit_("media", {
        action,
        kind: player.localName,
        src: player.currentSrc.split("?")[0],
        title: player.title || player.id,
        position: Math.round(player.currentTime),
        duration: Math.round(player.duration),
      });
    });
  });
};

export { media as default };
