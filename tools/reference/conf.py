# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Sphinx for the reference site. Nothing here asks the network, and nothing here depends on the day."""

from docutils import nodes

project = "Ports of Microsoft Exchange"
html_title = project
html_short_title = project
extensions = ["sphinx_antsibull_ext", "myst_parser"]
antsibull_ext_color_scheme = "default-autodark"
highlight_language = "text"
pygments_style = "default"
smartquotes = False  # "--check" stays two dashes
myst_heading_anchors = 5

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css", "tables.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_permalinks_icon = "#"

# Labels of Ansible's own documentation, which a build without network cannot look up.
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
ELSEWHERE = {
    "action_plugins": "plugins/action.html#action-plugins",
    "ansible_configuration_settings": "reference_appendices/config.html#ansible-configuration-settings",
    "common_return_values": "reference_appendices/common_return_values.html#common-return-values",
}


def _elsewhere(_app, _environment, node, content):
    """A link into Ansible's documentation; any other unknown label stays a warning, which fails the build."""
    address = ELSEWHERE.get(node.get("reftarget"))
    return nodes.reference("", "", content, refuri=ANSIBLE + address, internal=False) if address else None


def _without_contents(_app, document):
    """Pages of plugins bring a list of their sections, which the theme shows at the side already (and objects)."""
    for topic in [node for node in document.findall(nodes.topic) if "contents" in node["classes"]]:
        topic.parent.remove(topic)


def setup(app):
    app.connect("doctree-read", _without_contents)
    app.connect("missing-reference", _elsewhere)
