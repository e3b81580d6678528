//! What a user sees, by keys and screen: the real update, view and perform over a store in memory.
mod browsing;
mod facts;
mod links;
mod monkey;
mod screens;
mod session;
mod shelf;
