//! The README's table of stores holds: each cell of a server that runs here is what a proof finds there, and each column has its proof.

use crate::table::{Cell, table};
use crate::{browse, links, matrix, narrow, policy};

/// The columns with a proof, in the order of the table.
const COLUMNS: [&str; 8] = [
    browse::every_awkward_key_is_found_from_the_root_down::COLUMN,
    browse::facts_are_what_the_upload_said::COLUMN,
    links::a_link_works_to_its_end_and_not_a_second_longer::COLUMN,
    matrix::every_kind_of_link_to_every_key_works_as_meant_and_in_no_other_way::COLUMN,
    browse::versions_are_listed_or_said_to_be_missing::COLUMN,
    browse::tags_are_read_where_the_store_has_them::COLUMN,
    narrow::a_key_for_one_place_opens_it_and_no_other::COLUMN,
    policy::a_form_takes_what_its_policy_allows_and_nothing_else::COLUMN,
];

#[test]
fn each_column_of_the_table_has_a_proof() {
    let columns: Vec<String> = table().columns.into_iter().map(|column| column.id).collect();
    assert_eq!(columns, COLUMNS);
}

/// Holds what was found at a server against what the table says of it.
pub(crate) fn compare(server: &str, column: &str, found: Cell) {
    let table = table();
    let row = table.rows.iter().find(|row| row.server.as_deref() == Some(server));
    let row = row.unwrap_or_else(|| panic!("{server} is not in the table"));
    assert_eq!(row.cell(column), found, "{column} of {}", row.name);
}

/// Makes a promise the proof of a column: on each store, what it finds is what the table says.
macro_rules! proves {
    ($column:literal, $promise:ident) => {
        pub(crate) mod $promise {
            use crate::server::Server;

            pub(crate) const COLUMN: &str = $column;

            fn holds(server: &'static Server) {
                crate::proven::compare(server.name, COLUMN, super::$promise(server));
            }

            crate::server::tests_on_each_store!(holds);
        }
    };
}
pub(crate) use proves;
