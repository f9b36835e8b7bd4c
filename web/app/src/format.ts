/** Numbers as people read them. */
export function megabytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}

export function seconds(ms: number): string {
  return ms < 995 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The name of the file to save: photo.jpg becomes photo.cutout.png. */
export function savedName(name: string, format: string): string {
  const stem = name.replace(/\.[^.]*$/, '') || 'photo';
  return `${stem}.cutout.${format === 'jpeg' ? 'jpg' : format}`;
}
