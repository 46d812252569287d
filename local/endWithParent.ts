const SOURCE = "process.on('disconnect', () => process.exit()); process.channel?.unref()";

/**
 * For `--import`, in a child that does not watch its parent and has an IPC channel: the child ends when
 * the channel does. The channel alone does not keep it going.
 */
export const END_WITH_PARENT = `data:text/javascript,${encodeURIComponent(SOURCE)}`;
