/* The end of all that the fork server has started, and that it knows nothing of. Private. */
#ifndef KH_ORPHANS_H
#define KH_ORPHANS_H

/* Kills and reaps all children of this process, for 0.4 s at most. [signals]: a descriptor that
 * can be read when one has ended. */
void kh_end_children(int signals);

#endif
