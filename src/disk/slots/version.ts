// Versions: their form, and which of two is the newer one to systemd-boot.
// https://uapi-group.org/specifications/specs/version_format_specification/

/** No `+` and no `_`: these part a version from what is around it in the name of a boot entry. */
const form = /^[0-9A-Za-z][0-9A-Za-z.~^-]{0,63}$/;

/** Whether a text can be a release's version. */
export function isVersion(text: string): boolean {
  return form.test(text);
}

/**
 * Negative when `a` is older, positive when newer, 0 when equal: strverscmp_improved() of systemd, which
 * systemd-boot sorts by (`systemd-analyze compare-versions`).
 */
export function compareVersions(a: string, b: string): number {
  let left = a;
  let right = b;
  for (;;) {
    left = left.replace(/^[^0-9A-Za-z~^.-]+/, '');
    right = right.replace(/^[^0-9A-Za-z~^.-]+/, '');
    // What has a `~` is before what ends here: 4.5~alpha1 is older than 4.5.
    const tilde = byMark('~');
    if (tilde !== 0) return tilde;
    if (left === '' || right === '') return Number(left !== '') - Number(right !== '');
    for (const mark of ['-', '^', '.']) {
      const order = byMark(mark);
      if (order !== 0) return order;
    }
    const order = bySegment();
    if (order !== 0) return order;
  }

  function byMark(mark: string): number {
    const [inLeft, inRight] = [left.startsWith(mark), right.startsWith(mark)];
    if (inLeft && inRight) {
      left = left.slice(1);
      right = right.slice(1);
    }
    return Number(inRight) - Number(inLeft);
  }

  function bySegment(): number {
    const numeric = /^\d/.test(left) || /^\d/.test(right);
    const segment = numeric ? /^\d*/ : /^[A-Za-z]*/;
    const [one = ''] = segment.exec(left) ?? [];
    const [two = ''] = segment.exec(right) ?? [];
    left = left.slice(one.length);
    right = right.slice(two.length);
    if (!numeric) return one < two ? -1 : Number(one > two);
    // One without a number is older than any number.
    if (one === '' || two === '') return Number(one !== '') - Number(two !== '');
    const [first, second] = [one.replace(/^0+/, ''), two.replace(/^0+/, '')];
    if (first.length !== second.length) return first.length - second.length;
    return first < second ? -1 : Number(first > second);
  }
}
