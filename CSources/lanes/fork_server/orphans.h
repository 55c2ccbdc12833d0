/* Ends descendants that the fork server does not know. Private. */
#ifndef KH_ORPHANS_H
#define KH_ORPHANS_H

/* Kills and reaps all children of this process, for at most 0.4 s. [signals]: a descriptor that
 * becomes readable when a child has ended. */
void kh_end_children(int signals);

#endif
