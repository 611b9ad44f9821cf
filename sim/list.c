/* Lists of attempts, in the order they came. */
#include "sim/world.h"

void ek__list_init(struct ek__list *list)
{
    *list = (struct ek__list){EK__NIL, EK__NIL, 0};
}

void ek__list_add(struct ek__world *world, struct ek__list *list, uint32_t attempt)
{
    struct ek__attempt *a = &world->attempts[attempt];

    a->next = EK__NIL;
    a->previous = list->tail;
    if (list->tail != EK__NIL)
        world->attempts[list->tail].next = attempt;
    else
        list->head = attempt;
    list->tail = attempt;
    list->count++;
}

void ek__list_remove(struct ek__world *world, struct ek__list *list, uint32_t attempt)
{
    struct ek__attempt *a = &world->attempts[attempt];

    if (a->previous != EK__NIL)
        world->attempts[a->previous].next = a->next;
    else
        list->head = a->next;
    if (a->next != EK__NIL)
        world->attempts[a->next].previous = a->previous;
    else
        list->tail = a->previous;
    list->count--;
}
