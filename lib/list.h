/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An intrusive, circular, doubly linked list. The head is a node of its own that belongs to no object, so inserting
 * and removing need no special case. Everything is O(1). The lock that guards a list is the owner's affair.
 *
 * Life cycle of a node: list_init → (insert → remove)*. A removed node links to itself, so it can be asked whether
 * it is on a list, and removing it twice does no harm.
 */
#ifndef HELION_LIB_LIST_H
#define HELION_LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
	struct list_node *previous;
	struct list_node *next;
};

/* Initialiser for a static head: struct list_node head = LIST_INITIALISER(head); */
#define LIST_INITIALISER(name)   \
	{                        \
		&(name), &(name) \
	}

/* The object of `type` whose member `member` is *node. */
#define list_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list_node *node)
{
	node->previous = node;
	node->next = node;
}

/* For a head: no object is on the list. For a node: it is on no list. */
static inline bool list_is_empty(const struct list_node *node)
{
	return node->next == node;
}

static inline void list_insert_after(struct list_node *position, struct list_node *node)
{
	struct list_node *next = position->next;

	node->previous = position;
	node->next = next;
	next->previous = node;
	position->next = node;
}

static inline void list_insert_before(struct list_node *position, struct list_node *node)
{
	struct list_node *previous = position->previous;

	node->previous = previous;
	node->next = position;
	position->previous = node;
	previous->next = node;
}

static inline void list_push_front(struct list_node *head, struct list_node *node)
{
	list_insert_after(head, node);
}

static inline void list_push_back(struct list_node *head, struct list_node *node)
{
	list_insert_before(head, node);
}

/* Takes a node off its list that is put on another at once: it does not link to itself. */
static inline void list_unlink(struct list_node *node)
{
	struct list_node *previous = node->previous, *next = node->next;

	previous->next = next;
	next->previous = previous;
}

static inline void list_remove(struct list_node *node)
{
	list_unlink(node);
	list_init(node);
}

/* First and last node, or null if the list is empty. */
static inline struct list_node *list_first(const struct list_node *head)
{
	return list_is_empty(head) ? NULL : head->next;
}

static inline struct list_node *list_last(const struct list_node *head)
{
	return list_is_empty(head) ? NULL : head->previous;
}

/* Takes the first node off the list; null if there is none. */
static inline struct list_node *list_pop_front(struct list_node *head)
{
	struct list_node *node = list_first(head);
	if (node != NULL)
		list_remove(node);
	return node;
}

/* Moves all nodes of `source` to the end of `head`; `source` is empty afterwards. */
static inline void list_append_all(struct list_node *head, struct list_node *source)
{
	if (list_is_empty(source))
		return;
	source->next->previous = head->previous;
	head->previous->next = source->next;
	source->previous->next = head;
	head->previous = source->previous;
	list_init(source);
}

/* Walks the nodes. The body must not remove `node`; use list_for_each_safe for that. */
#define list_for_each(node, head) for (struct list_node *node = (head)->next; node != (head); node = node->next)

/* Walks the nodes; the body may remove `node`, and nothing else. */
#define list_for_each_safe(node, head)                                                         \
	for (struct list_node *node = (head)->next, *node##_next = node->next; node != (head); \
	     node = node##_next, node##_next = node->next)

/* Walks the objects of `type` that are linked by `member`. */
#define list_for_each_entry(object, head, type, member)                                        \
	for (type *object = list_entry((head)->next, type, member); &object->member != (head); \
	     object = list_entry(object->member.next, type, member))

#endif
